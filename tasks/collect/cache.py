"""The cache of answers: whatever the warehouse holds under the same request key is never paid again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from tasks.collect.ledger import load_calls
from tasks.collect.record import Answer
from warehouse.connect import rows
from warehouse.identity import text_hash

HELD = 20_000  # answers that are kept with their text
_DYING_S = 2.0  # what a process takes at most to give its journal up once its claims are free
_BEFORE = datetime(1970, 1, 1)  # all that there is
_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))  # all that `str.strip` removes


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a known answer when its text is not; `created_at` is never after its row's."""

    response_id: str
    model: str
    completion_tokens: int | None
    text_hash: str
    created_at: datetime = _BEFORE


@dataclass(eq=False)
class Cache:
    """Known answers by request key; their texts, which take the most memory, are in the warehouse.

    Args:
        known: all of them.
        held: some thousand that are at hand.
        unknown: answers that are not to be known, by identifier.
    """

    known: dict[str, Known] = field(default_factory=dict)
    held: dict[str, Answer] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    _sought: set[str] = field(default_factory=set, init=False)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def __len__(self) -> int:
        return len(self.known)

    def __contains__(self, key: str) -> bool:
        return key in self.known

    def keep(self, key: str, answer: Answer) -> None:
        """Take an answer in."""
        self._let_go()
        own = answer.response_id, answer.model, answer.completion_tokens, text_hash(answer.text)
        self.known[key] = Known(*own)
        self.held[key] = answer

    async def get(self, key: str) -> Answer | None:
        """A known answer, from the warehouse if need be; None when there is none."""
        if key in self.known and key not in self.held:
            await self.hold([key])
        return self.held.get(key)

    async def hold(self, keys: Sequence[str]) -> None:
        """Have known answers at hand after one look into the warehouse."""
        self._let_go()
        if wanted := [key for key in keys if key in self.known and key not in self.held]:
            self.held |= await asyncio.to_thread(self.answers, wanted)

    async def look(self, key: str) -> Answer | None:
        """The answer to a request as others landed it since the known ones were read; None when there is none."""
        self._sought.add(key)
        async with self._looking:
            if key in self._sought:
                wanted = list(self._sought)  # what came meanwhile: one look takes as long as many
                found = await asyncio.to_thread(answers_of, wanted)
                if len(found) < len(wanted):
                    await asyncio.sleep(_DYING_S)
                    found |= await asyncio.to_thread(answers_of, [one for one in wanted if one not in found])
                for one, answer in found.items():
                    if answer.response_id not in self.unknown:
                        self.keep(one, answer)
                self._sought.difference_update(wanted)
        return await self.get(key)

    def answers(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Known answers by request key, as the warehouse has them."""
        return answers_of(keys, min((self.known[key].created_at for key in keys), default=_BEFORE))

    def _let_go(self) -> None:
        while len(self.held) > HELD:
            self.held.pop(next(iter(self.held)))


class LazyCache(Cache):
    """The same where nobody knows beforehand what will be asked: requests are looked up when they are."""

    def __init__(self) -> None:
        super().__init__()
        load_calls()  # with what a dead worker left; later answers are told by the claims

    async def hold(self, keys: Sequence[str]) -> None:
        """As above, of answers that nobody has looked up yet, too."""
        if new := [key for key in keys if key not in self.known]:
            for key, answer in (await asyncio.to_thread(_landed, new)).items():
                self.keep(key, answer)
        await super().hold(keys)


def load_cache(datasets: Sequence[str], *, retry_empty: bool = False) -> Cache:
    """Known answers to the questions of datasets.

    What a killed run left behind is loaded first, so that the cache misses nothing that was paid for.

    Args:
        datasets: globs over dataset names.
        retry_empty: empty answers are not known, so that they are asked again.
    """
    load_calls()
    found = rows("known_answer", datasets=list(datasets))
    cache = Cache({key: Known(*rest) for key, *rest in found.iter_rows()})
    if retry_empty:
        cache.unknown = set(rows("empty_answer", space=_SPACE)["response_id"])
        cache.known = {key: one for key, one in cache.known.items() if one.response_id not in cache.unknown}
    if cache.known:
        cache.held = cache.answers(list(islice(reversed(cache.known), HELD)))
    return cache


def cache_of(keys: Sequence[str], *, retry_empty: bool = False) -> Cache:
    """The same by request keys.

    Args:
        keys: of the requests.
        retry_empty: as above.
    """
    cache = Cache()
    for key, answer in answers_of(keys).items():
        if retry_empty and answer.nothing:
            cache.unknown.add(answer.response_id)
        else:
            cache.keep(key, answer)
    return cache


def answers_of(keys: Sequence[str], since: datetime = _BEFORE) -> dict[str, Answer]:
    """Known answers by request key, as far as they are landed: of this process or any other, dead ones included.

    Args:
        keys: of the requests.
        since: a moment (UTC) before which there is none of them; saves reading what is older.
    """
    load_calls()
    return _landed(keys, since)


def _landed(keys: Sequence[str], since: datetime = _BEFORE) -> dict[str, Answer]:
    known = rows("known_answer_of", keys=list(keys), since=since)
    return {row.pop("request_key"): Answer(**row, cached=True) for row in known.iter_rows(named=True)}

"""The cache of answers: whatever the warehouse holds under the same request key is never paid again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from tasks.collect.claims import Claims, booked
from tasks.collect.ledger import load_calls
from tasks.collect.record import Answer
from warehouse.connect import rows
from warehouse.identity import text_hash

HELD = 20_000  # answers that are kept with their text
_LOOKS, _LOOK_EVERY_S = 60, 0.5  # what is told but never landed is lost, and asked again
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
        seen: how much of the claims' file they cover; None: as much as there is.
    """

    known: dict[str, Known] = field(default_factory=dict)
    held: dict[str, Answer] = field(default_factory=dict)
    seen: int | None = None

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

    def answers(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Known answers by request key, as the warehouse has them."""
        return answers_of(keys, min((self.known[key].created_at for key in keys), default=_BEFORE))

    def _let_go(self) -> None:
        while len(self.held) > HELD:
            self.held.pop(next(iter(self.held)))


class Asked(Cache):
    """The same where nobody knows beforehand what will be asked: requests are looked up when they are.

    Args:
        seen: how far of the claims' file everything is landed.
    """

    def __init__(self, seen: int) -> None:
        super().__init__(seen=seen)
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
    seen = booked()
    load_calls()
    found = rows("known_answer", datasets=list(datasets))
    cache = Cache({key: Known(*rest) for key, *rest in found.iter_rows()}, seen=seen)
    if retry_empty:
        empty = set(rows("empty_answer", space=_SPACE)["response_id"])
        cache.known = {key: one for key, one in cache.known.items() if one.response_id not in empty}
    if cache.known:
        cache.held = cache.answers(list(islice(reversed(cache.known), HELD)))
    return cache


def cache_of(keys: Sequence[str], seen: int, *, retry_empty: bool = False) -> Cache:
    """The same by request keys.

    Args:
        keys: of the requests.
        seen: how far of the claims' file everything is landed.
        retry_empty: as above.
    """
    cache = Cache(seen=seen)
    for key, answer in answers_of(keys).items():
        if not (retry_empty and answer.nothing):
            cache.keep(key, answer)
    return cache


class Elsewhere:
    """Answers that other processes got since the known ones were read.

    Args:
        claims: of this home; nobody may claim the request whose answer is asked for.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._told: set[str] = set()
        self._looking = asyncio.Lock()

    async def answer(self, key: str, cache: Cache) -> Answer | None:
        """The answer to a claimed request that another process has booked; None when nobody has.

        Args:
            key: the request.
            cache: what is known; whatever is found is added.
        """
        self._told.update(self._claims.news())
        for _ in range(_LOOKS if key in self._told else 0):
            async with self._looking:
                if key not in cache:
                    wanted = [told for told in self._told if told not in cache]
                    for found, answer in (await asyncio.to_thread(answers_of, wanted)).items():
                        cache.keep(found, answer)
            if key in cache:
                return await cache.get(key)
            await asyncio.sleep(_LOOK_EVERY_S)  # its process has it in its journal, and lands it soon
        self._told.discard(key)
        return None


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

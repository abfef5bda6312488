"""The cache of answers: whatever the warehouse holds under the same request key is never paid again."""

import asyncio
from collections.abc import Mapping, MutableMapping, Sequence

import polars as pl

from tasks.collect.claims import Claims, booked
from tasks.collect.ledger import load_calls
from tasks.collect.record import Answer
from warehouse.connect import rows

_LOOKS, _LOOK_EVERY_S = 60, 0.5  # what is told but never landed is lost, and asked again


class Cache(dict[str, Answer]):
    """Request key → known answer.

    Args:
        known: the answers.
        seen: how much of the claims' file they cover; None: as much as there is.
    """

    def __init__(self, known: Mapping[str, Answer] | None = None, seen: int | None = None) -> None:
        super().__init__(known or {})
        self.seen = seen


def load_cache(datasets: Sequence[str], *, retry_empty: bool = False) -> Cache:
    """Known answers to the questions of datasets.

    What a killed run left behind is loaded first, so that the cache misses nothing that was paid for.

    Args:
        datasets: globs over dataset names.
        retry_empty: empty answers are not known, so that they are asked again.
    """
    seen = booked()
    load_calls()
    return _cache(_answers(rows("known_answer", datasets=list(datasets))), seen, retry_empty=retry_empty)


def cache_of(keys: Sequence[str], *, retry_empty: bool = False) -> Cache:
    """The same by request keys."""
    seen = booked()
    return _cache(answers_of(keys), seen, retry_empty=retry_empty)


class Elsewhere:
    """Answers that other processes got since the known ones were read.

    Args:
        claims: of this home; nobody may claim the request whose answer is asked for.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._told: set[str] = set()
        self._looking = asyncio.Lock()

    async def answer(self, key: str, known: MutableMapping[str, Answer]) -> Answer | None:
        """The answer to a claimed request that another process has booked; None when nobody has.

        Args:
            key: the request.
            known: request key → known answer; whatever is found is added.
        """
        self._told.update(self._claims.news())
        for _ in range(_LOOKS if key in self._told else 0):
            async with self._looking:
                if key not in known:
                    wanted = [told for told in self._told if told not in known]
                    known.update(await asyncio.to_thread(answers_of, wanted))
            if key in known:
                return known[key]
            await asyncio.sleep(_LOOK_EVERY_S)  # its process has it in its journal, and lands it soon
        self._told.discard(key)
        return None


def answers_of(keys: Sequence[str]) -> dict[str, Answer]:
    """Known answers by request key, as far as they are landed: of this process or any other, dead ones included."""
    load_calls()
    return _answers(rows("known_answer_of", keys=list(keys)))


def _cache(known: Mapping[str, Answer], seen: int, *, retry_empty: bool) -> Cache:
    return Cache({key: one for key, one in known.items() if not (retry_empty and one.nothing)}, seen)


def _answers(known: pl.DataFrame) -> dict[str, Answer]:
    return {row.pop("request_key"): Answer(**row, cached=True) for row in known.iter_rows(named=True)}

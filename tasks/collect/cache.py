"""The cache of answers: whatever the warehouse holds under the same request key is never paid again."""

from collections.abc import Sequence

from tasks.collect.ledger import recover
from tasks.collect.record import Answer
from warehouse.connect import rows
from warehouse.writer import load_landing


def load_cache(datasets: Sequence[str]) -> dict[str, Answer]:
    """Request key → known answer, for the questions of datasets.

    What a killed run left behind is loaded first, so that the cache misses nothing that was paid for.

    Args:
        datasets: globs over dataset names.
    """
    recover()
    load_landing(("call", "response"))
    known = rows("known_answer", datasets=list(datasets))
    return {row.pop("request_key"): Answer(**row, cached=True) for row in known.iter_rows(named=True)}

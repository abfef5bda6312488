"""Answers as exports read them, one model at a time, so that no release has to fit in memory."""

import logging
import re
from collections.abc import Iterable, Iterator
from itertools import chain, count

import polars as pl

from tasks.export.contract import Export
from warehouse.connect import rows

_log = logging.getLogger("concertino")
_ODD = re.compile(r"[^\w.+@=-]+")


def answers_of(wanted: Export) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every model that has answers, with rows of `warehouse/reads/export_answer.sql`; further samples are counted."""
    models, datasets = list(wanted.pool.models), list(wanted.run.datasets)
    if further := rows("export_further", models=models, datasets=datasets)["n"][0]:
        _log.warning(
            "%s further samples of these answers are left out: a row is a question's first one", f"{further:,}"
        )
    for model in models:
        found = rows("export_answer", model=model, datasets=datasets, score_mode=wanted.run.score_mode)
        if not found.is_empty():
            yield model, found


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Name → a name that is safe as a file's or folder's, and nobody else's."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        safe = _ODD.sub("_", name).strip(".") or "_"
        taken = set(found.values())
        found[name] = next(one for one in chain([safe], (f"{safe}_{at}" for at in count(2))) if one not in taken)
    return found

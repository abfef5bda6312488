"""Batches from files whose records are JSON objects, each of which gives some rows."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from profiles.amounts import MOST_USD
from profiles.load import load_datasets
from tasks.ingest.coerce import amounts
from tasks.ingest.files import chunks, file_hash, matches, shown
from tasks.ingest.formats.json import Row, json_records
from tasks.ingest.quarantine import Reject, Unreadable
from tasks.ingest.registry import Batch, Plan, RejectedFile, Request, SourceFile, SourceOptions
from tasks.ingest.rows import RECORD, record_frame

_BATCH = 2048  # records, of which as many are in memory
_MOST = {"prompt_tokens": math.inf, "completion_tokens": math.inf, "cost_usd": MOST_USD, "latency_s": math.inf}

# Key and record to rows, columns of `rows.RECORD`, "dataset" among them, with amounts as they are there, and to what is
# rejected of it.
ToRows = Callable[[str, dict[str, Any]], Sequence[dict[str, Any] | Reject]]


def plan_of(
    request: Request,
    options: SourceOptions,
    files: Sequence[tuple[Path, ToRows]],
    odd: list[RejectedFile],
    *,
    records: Callable[[Path], Iterator[Row]] = json_records,
    additive: bool = False,
    scored: bool = False,
) -> Plan:
    """A plan that reads every file record by record.

    Args:
        request: its globs say which datasets are taken.
        options: of the source.
        files: each with what makes rows of a record.
        odd: what only looks like a file.
        records: of a file.
        additive: see `Plan`.
        scored: whether every answer has a score in this layout; else a batch without any waits to be judged.
    """
    read = [
        SourceFile(
            shown(path), partial(file_hash, path), partial(_batches, partial(records, path), request, rows, scored)
        )
        for path, rows in files
    ]
    return Plan(tuple(read), tuple(odd), tuple(load_datasets()), options.synthetic, additive=additive)


def newest_whole(
    files: Sequence[Path], records: Callable[[Path], Iterator[Row]] = json_records
) -> tuple[Path, list[RejectedFile]]:
    """The first file that has a record, and those before it, by name; the first of all where none has any.

    Args:
        files: of one thing, the newest first.
        records: of a file.
    """
    for place, file in enumerate(files):
        if _has_record(records(file)):
            empty = files[:place]
            return file, [
                RejectedFile(shown(one), "", Reject("empty_file", shown(one), "ingest_file")) for one in empty
            ]
    return files[0], []


def _has_record(records: Iterator[Row]) -> bool:
    try:
        return any(record and not isinstance(record, Reject) for _, record in records)
    except (Unreadable, OSError):
        return False


def _batches(
    read: Callable[[], Iterator[Row]], request: Request, to_rows: ToRows, always_scored: bool
) -> Iterator[Batch]:
    for chunk in chunks(read(), _BATCH):
        made = [part for key, record in chunk for part in _made(key, record, to_rows)]
        rejects = [part for part in made if isinstance(part, Reject)]
        rows = [part for part in made if not isinstance(part, Reject)]
        kept = [row for row in rows if matches(row["dataset"], request.datasets)]
        others = {row["dataset"] for row in rows} - {row["dataset"] for row in kept}
        names = [name for name in RECORD if any(name in row for row in kept)]
        columns: dict[str, Any] = {name: [row.get(name) for row in kept] for name in names}
        n_odd = 0
        for name in _MOST.keys() & columns.keys():
            told = sum(value not in (None, "") for value in columns[name])
            columns[name] = _amounts(name, columns[name])
            n_odd += told - columns[name].count()
        frame = record_frame(columns) if kept else None
        scored = always_scored or any(row.get("score") is not None for row in kept)
        yield Batch(frame, rejects=tuple(rejects), notes={"odd_number": n_odd}, others=frozenset(others), scored=scored)


def _amounts(name: str, values: Sequence[Any]) -> pl.Series:
    """Null where it is none: nothing is negative, no cost beyond all bills, and no token halved."""
    found = amounts(values, _MOST[name])
    return found if not name.endswith("tokens") else found.set(found % 1 != 0, None)


def _made(key: str, record: dict[str, Any] | Reject, to_rows: ToRows) -> Sequence[dict[str, Any] | Reject]:
    """Rows of a record; a reject where a member is of another kind than this layout has."""
    try:
        return [record] if isinstance(record, Reject) else to_rows(key, record)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        return [Reject("malformed_record", key, detail=f"not laid out as this source's records are: {error}")]

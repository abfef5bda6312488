"""Read Parquet, JSONL and CSV files in batches of named columns, whatever they are called in the file."""

import csv
import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from tasks.ingest.coerce import text_of
from tasks.ingest.quarantine import Reject
from warehouse.errors import UserError

_ROWS = 8192
_SUFFIXES = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}

Rows = Iterator[tuple[pl.DataFrame, list[Reject]]]


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def matches(name: str, globs: Sequence[str]) -> bool:
    """Whether a dataset name matches any of the globs."""
    return any(fnmatchcase(name, glob) for glob in globs)


def table_files(path: Path) -> list[Path]:
    """The file itself, or the readable files of a folder, sorted.

    Raises:
        UserError: there is none.
    """
    found = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.suffix.lower() in _SUFFIXES)
    if not found or found[0].suffix.lower() not in _SUFFIXES:
        raise UserError(f"{path} is no Parquet, JSONL or CSV file and has none; give one of those")
    return found


def read_batches(path: Path, fields: Sequence[str], columns: Mapping[str, str], required: Sequence[str]) -> Rows:
    """Rows of a file, a few thousand at a time.

    Args:
        path: Parquet, JSONL or CSV.
        fields: our column names; the file's other columns are left out.
        columns: our name → the file's name, where they differ.
        required: fields that the file must have.

    Yields:
        A frame with `row_key` (number of the row, from 1) and those fields that the file has (numbers or text, lists
        and objects as JSON), and the lines that could not be read. An empty CSV field is null.

    Raises:
        UserError: an unknown field in `columns`, a column that is not there, or a file that cannot be read.
    """
    unknown = sorted(set(columns) - set(fields))
    if unknown:
        raise UserError(f"'{unknown[0]}' is none of our columns; columns maps these: {', '.join(fields)}")
    names = {field: columns.get(field, field) for field in fields}
    reader = {"parquet": _parquet, "jsonl": _jsonl, "csv": _csv}[_SUFFIXES[path.suffix.lower()]]
    try:
        checked = False
        for there, frame, rejects in reader(path, set(names.values())):
            if not checked:
                _check_columns(path, there, names, columns, required)
                checked = True
            own = [pl.col(name).alias(field) for field, name in names.items() if name in frame.columns]
            yield frame.select("row_key", *own), rejects
    except (OSError, ValueError, csv.Error, pl.exceptions.PolarsError) as error:
        raise UserError(f"cannot read {path}: {str(error).splitlines()[0]}") from error


def _check_columns(
    path: Path, there: set[str], names: Mapping[str, str], columns: Mapping[str, str], required: Sequence[str]
) -> None:
    needed = [*(names[field] for field in required), *columns.values()]
    missing = sorted({name for name in needed if name not in there})
    if missing:
        raise UserError(
            f"{path} has no column '{missing[0]}'; it has {', '.join(sorted(there))}; map ours to its own with columns"
        )


_Batches = Iterator[tuple[set[str], pl.DataFrame, list[Reject]]]


def _parquet(path: Path, wanted: set[str]) -> _Batches:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        there = set(file.schema_arrow.names)
        start = 1
        for arrow in file.iter_batches(batch_size=_ROWS, columns=sorted(there & wanted)):
            frame = pl.DataFrame(pl.from_arrow(arrow))
            nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
            frame = frame.with_columns(
                pl.Series(name, [text_of(_plain(value)) for value in frame[name]], pl.String) for name in nested
            )
            yield there, _numbered(frame, start), []
            start += len(frame)


def _plain(value: Any) -> Any:
    return value.to_list() if isinstance(value, pl.Series) else value


def _jsonl(path: Path, wanted: set[str]) -> _Batches:
    seen: set[str] = set()
    with path.open("rb") as handle:
        lines = ((number, line) for number, line in enumerate(handle, 1) if line.strip())
        while chunk := list(islice(lines, _ROWS)):
            good: list[tuple[int, dict[str, Any]]] = []
            rejects = []
            for number, line in chunk:
                try:
                    value = orjson.loads(line)
                except ValueError as error:
                    rejects.append(_bad_line("unparsable_line", number, str(error), line.decode(errors="replace")))
                    continue
                if isinstance(value, dict):
                    good.append((number, value))
                else:
                    rejects.append(_bad_line("unparsable_line", number, "not an object", line.decode()))
            seen |= {name for _, row in good for name in row}
            texts = {name: [text_of(row.get(name)) for _, row in good] for name in sorted(wanted & seen)}
            yield seen, _texts([number for number, _ in good], texts), rejects


def _csv(path: Path, wanted: set[str]) -> _Batches:
    csv.field_size_limit(sys.maxsize)
    with path.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.reader(handle)
        header = next(reader, [])
        numbered = ((number, row) for number, row in enumerate(reader, 1) if row)
        while chunk := list(islice(numbered, _ROWS)):
            good = [(number, row) for number, row in chunk if len(row) == len(header)]
            rejects = [
                _bad_line("ragged_line", number, f"{len(row)} fields, the header has {len(header)}", ",".join(row))
                for number, row in chunk
                if len(row) != len(header)
            ]
            places = {name: place for place, name in enumerate(header) if name in wanted}
            texts = {name: [row[place] or None for _, row in good] for name, place in places.items()}
            yield set(header), _texts([number for number, _ in good], texts), rejects


def _bad_line(reason: str, number: int, detail: str, line: str) -> Reject:
    return Reject(reason, f"row {number}", detail=detail, payload={"line": line})


def _texts(numbers: list[int], texts: dict[str, list[str | None]]) -> pl.DataFrame:
    keys = pl.Series("row_key", [f"row {number}" for number in numbers], pl.String)
    return pl.DataFrame([keys, *(pl.Series(name, values, pl.String) for name, values in texts.items())])


def _numbered(frame: pl.DataFrame, start: int) -> pl.DataFrame:
    return frame.with_columns(row_key=pl.format("row {}", pl.int_range(start, start + pl.len())))

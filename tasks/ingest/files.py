"""Read Parquet, JSONL and CSV files in batches of named columns, whatever they are called in the file."""

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from tasks.ingest.coerce import number_text, text_of
from tasks.ingest.formats.delimited import csv_rows
from tasks.ingest.formats.json import SUFFIXES, json_records
from tasks.ingest.formats.parquet import parquet_frames
from tasks.ingest.quarantine import Reject, Unreadable
from tasks.ingest.registry import RejectedFile
from warehouse.errors import UserError

_ROWS = 8192
_SUFFIXES = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv"}
_ALONE = {".json": "jsonl"}  # read where it is named itself: a folder may have others
_PACKED = {".gz", ".zst", ".bz2", ".xz", ".zip"}

_Row = TypeVar("_Row")
Rows = Iterator[tuple[pl.DataFrame, list[Reject]]]


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def shown(path: Path | str) -> str:
    """A path as text that can be stored: bytes of its name that are not UTF-8 are written out."""
    return os.fsencode(path).decode(errors="backslashreplace")


def name_of(file: Path) -> str:
    """The dataset that a file without a column of it is named after; Macs take letters of names apart (NFD)."""
    return unicodedata.normalize("NFC", shown(file.stem))


def matches(name: str, globs: Sequence[str]) -> bool:
    """Whether a dataset name matches any of the globs."""
    return any(fnmatchcase(name, glob) for glob in globs)


def plain_files(
    path: Path, suffixes: Set[str], nothing: str, *, deep: bool = False
) -> tuple[list[Path], list[RejectedFile]]:
    """The file itself, or the files of a folder with these suffixes, sorted; and what only looks like one.

    Args:
        path: a file or folder.
        suffixes: in lower case, with the dot.
        nothing: what to say where there is none.
        deep: also of the folders in it.

    Raises:
        UserError: neither a file nor a folder, or there is none of these.
    """
    if not path.is_dir():
        if not path.is_file():
            raise UserError(f"{shown(path)} is no file but a pipe, device or socket; give a file or a folder")
        there = [path]
    else:
        there = sorted(path.rglob("*") if deep else path.iterdir())
    packed = [
        one
        for one in there
        if one.suffix.lower() in _PACKED
        and Path(one.stem).suffix.lower() in suffixes
        and not one.with_suffix("").exists()
    ]
    found = [one for one in there if one.suffix.lower() in suffixes]
    files = [one for one in found if one.is_file()]
    odd = [one for one in found if not one.is_file() and not (deep and one.is_dir())]
    inner = [] if deep else [one for one in there if one not in odd and _has_files(one, suffixes)]
    if not files:
        nothing += f"; those of the folder {shown(inner[0])} are taken where it is given" if inner else ""
        raise UserError(f"{shown(packed[0])} is packed; unpack it" if packed else nothing)
    return files, [
        *(RejectedFile(shown(one), "", Reject("not_a_file", shown(one), "ingest_file")) for one in odd),
        *(RejectedFile(shown(one), "", Reject("inner_folder", shown(one), "ingest_file")) for one in inner),
        *(
            RejectedFile(
                shown(one), "", Reject("packed_file", shown(one), "ingest_file", "it is packed; unpack it"), lost=True
            )
            for one in packed
        ),
    ]


def _has_files(folder: Path, suffixes: Set[str]) -> bool:
    """Whether there is a file with one of these suffixes anywhere in a folder that is not hidden."""
    return (
        folder.is_dir()
        and not folder.name.startswith(".")
        and any(one.suffix.lower() in suffixes and one.is_file() for one in folder.rglob("*"))
    )


def json_files(path: Path) -> tuple[list[Path], list[RejectedFile]]:
    """`plain_files` that `json_records` reads."""
    nothing = f"{shown(path)} is no JSON or JSONL file and has none; give one of those"
    return plain_files(path, SUFFIXES, nothing)


def table_files(path: Path) -> tuple[list[Path], list[RejectedFile]]:
    """`plain_files` that `read_batches` reads."""
    nothing = f"{shown(path)} is no Parquet, JSONL or CSV file and has none; give one of those"
    return plain_files(path, _SUFFIXES.keys() | (set() if path.is_dir() else _ALONE.keys()), nothing)


def chunks(rows: Iterable[_Row], n: int) -> Iterator[list[_Row]]:
    """Rows in lists of `n`; what came before an error is handed out before it is raised."""
    held: list[_Row] = []
    try:
        for row in rows:
            held.append(row)
            if len(held) == n:
                yield held
                held = []
    except Unreadable:
        if held:
            yield held
        raise
    if held:
        yield held


def read_batches(
    path: Path,
    fields: Sequence[str],
    columns: Mapping[str, str],
    required: Sequence[str],
    numeric: Set[str] = frozenset(),
    more: Sequence[str] = (),
) -> Rows:
    """Rows of a file, a few thousand at a time.

    Args:
        path: Parquet, JSON, JSONL or CSV.
        fields: our column names; the file's other columns are left out.
        columns: our name → the file's name, where they differ.
        required: fields that the file must have.
        numeric: fields in which NaN and infinities are kept, to be counted; elsewhere they are null.
        more: names of columns that are read where the file has them.

    Yields:
        A frame with `row_key` (number of the row, from 1) and those fields that the file has (numbers or text, lists
        and objects as JSON), and the lines that could not be read. An empty CSV field is null.

    Raises:
        UserError: an unknown field in `columns`.
        Unreadable: a column that is not there, or a file that cannot be read (further).
    """
    unknown = sorted(set(columns) - set(fields))
    if unknown:
        raise UserError(f"'{unknown[0]}' is none of our columns; columns maps these: {', '.join(fields)}")
    names = {field: columns.get(field, field) for field in fields}
    names |= {name: name for name in more if name not in names}
    reader = {"parquet": _parquet, "jsonl": _jsonl, "csv": _csv}[(_SUFFIXES | _ALONE)[path.suffix.lower()]]
    checked = False
    for there, frame, rejects in reader(path, set(names.values()), {names[field] for field in numeric}):
        if there and not checked:
            needed = {*columns.values(), *(names[field] for field in required)}
            there |= _later_columns(path) if reader is _jsonl and needed - there else set()
            _check_columns(path, there, names, columns, required)
            checked = True
        own = [pl.col(name).alias(field) for field, name in names.items() if name in frame.columns]
        own += [pl.lit(None, pl.String).alias(field) for field in required if names[field] not in frame.columns]
        yield frame.select("row_key", *own), rejects


def _check_columns(
    path: Path, there: Set[str], names: Mapping[str, str], columns: Mapping[str, str], required: Sequence[str]
) -> None:
    needed = [*(names[field] for field in required), *columns.values()]
    missing = sorted({name for name in needed if name not in there})
    if missing:
        listed = ", ".join(str(text_of(name)) for name in sorted(there))
        ours = next(field for field, name in names.items() if name == missing[0])
        key = names.get("question_id")
        # Of answers that are there already: a question that is yet to be asked needs its text.
        stands_in = f" (if none has the text, {key} stands in for it: --column.question {key})"
        raise Unreadable(
            "missing_column",
            f"{shown(path)} has no column '{missing[0]}'; it has {listed}; say which one is: --column.{ours} NAME"
            + (stands_in if ours == "question" and key in there and "model" in required else ""),
        )


def _later_columns(path: Path) -> set[str]:
    """All members of all records, of which the first may lack some."""
    with suppress(Unreadable):  # which reading says
        return {name for _, row in json_records(path) if not isinstance(row, Reject) for name in row}
    return set()


_Batches = Iterator[tuple[Set[str], pl.DataFrame, list[Reject]]]


def _parquet(path: Path, wanted: Set[str], _: Set[str]) -> _Batches:
    start = 1
    for there, frame, undecodable in parquet_frames(path, wanted, _ROWS):
        frame = frame.with_columns(row_key=pl.format("row {}", pl.int_range(start, start + pl.len())))
        start += len(frame)
        rejects = [Reject("undecodable_text", key) for key in frame["row_key"].filter(undecodable)]
        yield there, frame.filter(~undecodable), rejects


def _jsonl(path: Path, wanted: Set[str], numeric: Set[str]) -> _Batches:
    seen: set[str] = set()
    for chunk in chunks(json_records(path), _ROWS):
        good = [(key, row) for key, row in chunk if not isinstance(row, Reject)]
        seen |= {name for _, row in good for name in row}
        texts = {
            name: [(number_text if name in numeric else text_of)(row.get(name)) for _, row in good]
            for name in sorted(wanted & seen)
        }
        rejects = [
            Reject("unparsable_line", key, detail=row.detail or "not an object", payload=row.payload)
            for key, row in chunk
            if isinstance(row, Reject)
        ]
        yield seen, _texts([key for key, _ in good], texts), rejects


def _csv(path: Path, wanted: Set[str], _: Set[str]) -> _Batches:
    header, rows = csv_rows(path)
    for chunk in chunks(rows, _ROWS):
        good = [(key, row) for key, row in chunk if not isinstance(row, Reject)]
        places = {name: place for place, name in enumerate(header) if name in wanted}
        texts = {name: [row[place] or None for _, row in good] for name, place in places.items()}
        yield set(header), _texts([key for key, _ in good], texts), [row for _, row in chunk if isinstance(row, Reject)]


def _texts(keys: list[str], texts: dict[str, list[Any]]) -> pl.DataFrame:
    columns = (pl.Series(name, values, pl.String) for name, values in texts.items())
    return pl.DataFrame([pl.Series("row_key", keys, pl.String), *columns])

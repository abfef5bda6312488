"""Records of a JSON file of any size, one in memory at a time: JSONL, an array, or an object keyed by anything."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from tasks.ingest.quarantine import Reject, Unreadable
from warehouse.errors import UserError

_HEAD = 1 << 16
_LINE = 1 << 20  # a longer first line is no record but a whole file
_KEYED = re.compile(rb'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{')  # an object whose first member is an object

SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
Row = tuple[str, dict[str, Any] | Reject]


def json_records(path: Path) -> Iterator[Row]:
    """Every record of a file with what names it there (a line, a place in the array, or its key).

    Which of the three a file is, is told by its beginning, not by its name. A line or element that is no object comes
    as a reject.

    Raises:
        Unreadable: a file that is not JSON; with an array or object, what came before was handed out.
    """
    with path.open("rb") as handle:
        start = handle.read(_HEAD).lstrip()
        handle.seek(0)
        if start.startswith(b"["):
            yield from _elements(handle, keyed=False)
        elif _KEYED.match(start) and not _is_line(handle):
            yield from _elements(handle, keyed=True)
        else:
            yield from _lines(handle)


def _is_line(handle: BinaryIO) -> bool:
    """Whether the first line is a record: an object not all of whose members are objects."""
    line = handle.readline(_LINE)
    handle.seek(0)
    if len(line) == _LINE:
        return False
    try:
        value = orjson.loads(line)
    except ValueError:
        return False
    return not all(isinstance(member, dict) for member in value.values())


def _elements(handle: BinaryIO, *, keyed: bool) -> Iterator[Row]:
    import ijson

    try:
        members = (
            ijson.kvitems(handle, "", use_float=True)
            if keyed
            else enumerate(ijson.items(handle, "item", use_float=True), 1)
        )
        for key, value in members:
            name = f"{'key' if keyed else 'record'} {key}"
            yield name, value if isinstance(value, dict) else Reject("malformed_record", name)
    except (ijson.JSONError, ValueError) as error:
        raise Unreadable("unparsable_file", str(error).splitlines()[0]) from error


def _lines(handle: BinaryIO) -> Iterator[Row]:
    for number, line in enumerate(handle, 1):
        if not line.strip():
            continue
        name = f"row {number}"
        try:
            value = orjson.loads(line)
        except ValueError as error:
            payload = {"line": line.decode(errors="replace")}
            yield name, Reject("unparsable_line", name, detail=str(error), payload=payload)
            continue
        yield name, value if isinstance(value, dict) else Reject("malformed_record", name)


def json_files(path: Path) -> list[Path]:
    """The file itself, or the JSON files of a folder, sorted.

    Raises:
        UserError: there is none.
    """
    found = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES)
    if not found or found[0].suffix.lower() not in SUFFIXES:
        raise UserError(f"{path} is no JSON or JSONL file and has none; give one of those")
    return found

"""Records of a JSON file of any size, one in memory at a time: JSONL, an array, or an object keyed by anything."""

import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from tasks.ingest.coerce import text_of
from tasks.ingest.quarantine import Reject, Unreadable

_HEAD = 1 << 16
_LINE = 1 << 20  # a longer first line is no record but a whole file
_BLANK = b" \t\r\n\xef\xbb\xbf"  # with the bytes of a byte-order mark, of which no JSON begins or ends with any
_MARK = "\ufeff"
_KEYED = re.compile(rb'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{')  # an object whose first member is an object
_STRING = rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_BETWEEN = re.compile(_STRING + rb"|[{}\[\],:]", re.DOTALL)
_WITHIN = re.compile(_STRING + rb"|[{}\[\]]", re.DOTALL)
_FOREIGN = {
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
    b"\x1f\x8b": "compressed with gzip; unpack it",
    b"(\xb5/\xfd": "compressed with zstd; unpack it",
    b"BZh": "compressed with bzip2; unpack it",
    b"\xfd7zXZ": "compressed with xz; unpack it",
    b"PAR1": "Parquet; name it .parquet",
    b"PK\x03\x04": "a zip archive or a spreadsheet; unpack it, or save it as CSV",
}

SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
Row = tuple[str, dict[str, Any] | Reject]


def json_records(path: Path) -> Iterator[Row]:
    """Every record of a file with what names it there (a line, a place in the array, or its key).

    Which of the three a file is, is told by its beginning, not by its name. A line or element that is no object, or
    cannot be read, comes as a reject.

    Raises:
        Unreadable: a file that is not JSON; with an array or object, what came before was handed out.
    """
    refuse_foreign(path)
    with path.open("rb") as handle:
        start = handle.read(_HEAD).lstrip(_BLANK)
        handle.seek(0)
        if start.startswith(b"["):
            yield from _elements(handle, keyed=False)
        elif _KEYED.match(start) and not _is_line(handle):
            yield from _elements(handle, keyed=True)
        else:
            yield from _lines(handle)


def json_value(raw: bytes) -> Any:
    """A JSON value; NaN and infinities, which Python writes, and a byte-order mark are taken.

    Raises:
        ValueError: it is not JSON, or nested too deeply.
    """
    raw = raw.strip(_BLANK)
    try:
        return orjson.loads(raw)
    except ValueError as error:
        try:
            return json.loads(raw.decode())
        except RecursionError:
            raise ValueError("nested too deeply") from None
        except ValueError:
            raise error from None


def refuse_foreign(path: Path) -> None:
    """Say what a file is that is no UTF-8 text.

    Raises:
        Unreadable: it is compressed, or in another encoding.
    """
    with path.open("rb") as handle:
        start = handle.read(8)
    for mark, what in _FOREIGN.items():
        if start.startswith(mark):
            raise Unreadable("unparsable_file", f"it is {what}")


def _is_line(handle: BinaryIO) -> bool:
    """Whether the first line is a record: an object not all of whose members are objects."""
    line = handle.readline(_LINE)
    handle.seek(0)
    if len(line) == _LINE:
        return False
    try:
        value = json_value(line)
    except ValueError:
        return False
    return not all(isinstance(member, dict) for member in value.values())


def _elements(handle: BinaryIO, *, keyed: bool) -> Iterator[Row]:
    with mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for number, (key, raw) in enumerate(_members(data, data.find(b"{" if keyed else b"[") + 1), 1):
            name = f"record {number}"
            try:
                name = f"key {text_of(json_value(key))}" if keyed else name
                value = json_value(raw)
            except ValueError as error:
                shown = raw[:_HEAD].decode(errors="replace")
                yield name, Reject("malformed_record", name, detail=str(error), payload={"record": shown})
                continue
            yield name, _record(name, value)


def _members(data: mmap.mmap, position: int) -> Iterator[tuple[bytes, bytes]]:
    """Key (empty in an array) and value of every member, as text; in linear time, whatever they hold."""
    depth, begin, key = 1, position, b""
    while depth:
        token = (_BETWEEN if depth == 1 else _WITHIN).search(data, position)
        if token is None:
            raise Unreadable("unparsable_file", "it ends in the middle of its records")
        position, mark = token.end(), data[token.start() : token.start() + 1]
        if mark in b"{[":
            depth += 1
        elif mark in b"}]":
            depth -= 1
        elif mark == b":" and not key:
            key, begin = data[begin : token.start()], position
        if mark == b"," or depth == 0:
            value = data[begin : token.start()]
            if mark == b"," or value.strip(_BLANK):
                yield key, value
            begin, key = position, b""
    if data[position:].strip(_BLANK):
        raise Unreadable("unparsable_file", "something follows the end of its records")


def _lines(handle: BinaryIO) -> Iterator[Row]:
    for number, line in enumerate(handle, 1):
        if not line.strip(_BLANK):
            continue
        name = f"row {number}"
        try:
            value = json_value(line)
        except ValueError as error:
            payload = {"line": line.decode(errors="replace")}
            yield name, Reject("unparsable_line", name, detail=str(error), payload=payload)
            continue
        yield name, _record(name, value)


def _record(name: str, value: Any) -> dict[str, Any] | Reject:
    if not isinstance(value, dict):
        return Reject("malformed_record", name)
    if next(iter(value), "").startswith(_MARK):  # of the CSV file that it was made of
        return {key.removeprefix(_MARK): held for key, held in value.items()}
    return value

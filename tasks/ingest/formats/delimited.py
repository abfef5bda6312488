"""Rows of a CSV file; a bad row costs itself, also one with a stray quote."""

import csv
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from tasks.ingest.formats.json import refuse_foreign
from tasks.ingest.quarantine import Reject, Unreadable

Row = tuple[str, list[str] | Reject]


def csv_rows(path: Path) -> tuple[list[str], Iterator[Row]]:
    """Header and rows of a CSV file, each row with what names it there.

    Comma, semicolon or tab, whichever the first line has most of. A row that cannot be used comes as a reject.

    Raises:
        Unreadable: it is no UTF-8 text, or its header has a name twice.
    """
    refuse_foreign(path)
    csv.field_size_limit(sys.maxsize)
    rows = _rows(path)
    _, header = next(rows, ("", []))
    if isinstance(header, Reject):
        raise Unreadable("unparsable_file", f"its header cannot be read: {header.detail}")
    header = [name.strip() for name in header]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise Unreadable("duplicate_column", f"it has the column '{twice[0]}' twice; rename one")
    return header, rows


def _rows(path: Path) -> Iterator[Row]:
    """The header, whose length the others must have, then the rows, counted from 1; the header again is no row."""
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as handle:
        lines = _Lines(handle)
        header: list[str] = []
        number = 0
        try:
            for row in csv.reader(lines, delimiter=lines.delimiter):
                taken = lines.taken()
                flaw = _flaw(row, taken, header)
                if flaw is not None and len(taken) > 1:  # a stray quote ran on: the next line begins anew
                    lines.put_back(taken[1:])
                if row and row != header:
                    name = f"row {number}"
                    yield name, row if flaw is None else _reject(name, flaw, taken[0])
                header = header or row
                number += bool(header)
        except csv.Error as error:
            raise Unreadable("unparsable_file", str(error)) from error


def _reject(name: str, flaw: tuple[str, str], line: str) -> Reject:
    reason, detail = flaw
    return Reject(reason, name, detail=detail, payload={"line": line.encode(errors="replace").decode()})


def _flaw(row: list[str], taken: list[str], header: list[str]) -> tuple[str, str] | None:
    text = "".join(taken)
    if not row:
        return None
    if len(taken) > 1 and text.count('"') % 2:
        return "ragged_line", "a quote is opened and not closed"
    if header and len(row) != len(header):
        return "ragged_line", f"{len(row)} fields, the header has {len(header)}"
    if not text.isascii() and any("\udc80" <= letter <= "\udcff" for letter in text):
        return "undecodable_text", "it is not UTF-8; save the file as UTF-8"
    return None


class _Lines:
    """Lines of a file that remembers those of the current row, and takes some back."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        while (first := self._read()).isspace():  # before the header
            pass
        self._waiting.append(first)
        self.delimiter = max(",;\t", key=first.count)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._read()
        if not line:
            raise StopIteration
        self._taken.append(line)
        return line

    def _read(self) -> str:
        return self._handle.readline().lstrip("\ufeff")  # files that were put together have the mark at every joint

    def taken(self) -> list[str]:
        """The lines since the last call."""
        lines, self._taken = self._taken, []
        return lines

    def put_back(self, lines: list[str]) -> None:
        """Read these lines next."""
        self._waiting.extendleft(reversed(lines))

"""Landing Parquet: written anywhere without waiting for anyone, loaded by `warehouse.writer`.

A file of its own is whole once it has its name. Files of several tables that belong together have a list, written
last: without it the loader does not see them, with it they go in together or not at all. What cannot be loaded is
moved out of everybody's way, into `quarantine/` beside `landing/`.
"""

import json
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from warehouse.alive import alive, claim, release
from warehouse.errors import UserError
from warehouse.parquet import write_parquet
from warehouse.settings import settings
from warehouse.storage import LEFT_S
from warehouse.tables import TABLES

_LISTS = "together"  # folder of the lists
_MEMBER = "+"  # in the name of a file that waits for its list
_mine: set[Path] = set()  # what this process landed and nobody loaded yet


@dataclass(frozen=True, slots=True)
class Batch:
    """Landed files that go in together or not at all.

    Args:
        head: the list of the files, or the only file.
        files: all of them; the name of the folder is the table's.
    """

    head: Path
    files: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Bytes; 0 for what another process has just loaded."""
        return sum(path.stat().st_size for path in self.files if path.exists())

    def of(self, table: str) -> list[Path]:
        """The files of a table that are still there."""
        return [path for path in self.files if path.parent.name == table and path.exists()]

    def remove(self) -> None:
        """Delete the files, the head last."""
        for path in (*self.files, self.head):
            path.unlink(missing_ok=True)
        _mine.discard(self.head)

    def set_aside(self, misfit: str) -> str:
        """Move the files out of the landing folder, the head last, with a note that says why; what the note says."""
        there = _aside(self.head)
        sentence = (
            f"landing file {self.head} {misfit}; it was moved to {there} and keeps nothing else waiting: ingest its "
            "source again, or move it back to try again"
        )
        for path in dict.fromkeys((*self.files, self.head)):
            _aside(path).parent.mkdir(parents=True, exist_ok=True)
            _note(path).write_text(sentence + "\n", encoding="utf-8")
            with suppress(FileNotFoundError):
                os.replace(path, _aside(path))
        return sentence


def now() -> datetime:
    """This moment in UTC, without a zone, as the warehouse keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def land(table: str, rows: pl.DataFrame) -> Path | None:
    """Write rows as one landing file (temporary name, then atomic rename); nothing for an empty frame.

    Args:
        table: a table of `warehouse.tables.TABLES`.
        rows: columns named as in the table; columns it lacks are refused at loading.
    """
    path = _write(table, rows, _new_name())
    if path is not None:
        _mine.add(path)
    return path


class Together:
    """Rows of several tables that go in together or not at all; those of a process that dies before are swept."""

    def __init__(self) -> None:
        self._name = _new_name()
        self._files: list[str] = []
        claim(self._name)

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Write rows; nobody loads them before `land`."""
        path = _write(table, rows, f"{self._name}{_MEMBER}{len(self._files)}")
        if path is not None:
            self._files.append(f"{table}/{path.name}")

    def land(self) -> None:
        """Let the loader have what was added."""
        if self._files:
            head = _list_of(self._name)
            head.parent.mkdir(exist_ok=True)
            temporary = head.with_suffix(".tmp")
            temporary.write_text(json.dumps(self._files), encoding="utf-8")
            _mine.add(_rename(temporary, head))
        release(self._name)


def waiting(tables: Sequence[str]) -> list[Batch]:
    """What waits for the loader and has rows of any of the tables, oldest first."""
    landing = settings().landing
    alone = [
        Batch(path, (path,))
        for table in tables
        for path in (landing / table).glob("*.parquet")
        if _MEMBER not in path.name
    ]
    listed = [batch for batch in _listed(landing) if any(path.parent.name in tables for path in batch.files)]
    return sorted(alone + listed, key=lambda batch: batch.head.name)


def sweep() -> None:
    """Delete what dead processes wrote and did not land; call it while holding the warehouse."""
    for path in settings().landing.glob(f"*/*{_MEMBER}*.parquet"):
        name = path.name.partition(_MEMBER)[0]
        if not alive(name) and not _list_of(name).exists():
            path.unlink(missing_ok=True)
    for path in settings().landing.glob("*/.*.tmp"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > LEFT_S:
                path.unlink()


def refused() -> list[str]:
    """What this process landed and some loader set aside, as a sentence each; told once."""
    mine = tuple(_mine)  # other threads land meanwhile
    gone = {head for head in mine if head.is_relative_to(settings().landing) and not head.exists()}
    _mine.difference_update(gone)
    return [_note(head).read_text(encoding="utf-8").strip() for head in sorted(gone) if _note(head).exists()]


def _listed(landing: Path) -> Iterator[Batch]:
    for head in (landing / _LISTS).glob("*.json"):
        with suppress(FileNotFoundError):  # another process has just loaded it
            yield Batch(head, tuple(landing / name for name in json.loads(head.read_bytes())))


def _list_of(name: str) -> Path:
    return settings().landing / _LISTS / f"{name}.json"


def _aside(path: Path) -> Path:
    return settings().quarantine / path.relative_to(settings().landing)


def _note(path: Path) -> Path:
    return _aside(path).with_suffix(".txt")


def _new_name() -> str:
    return f"{now():%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:12]}"


def _write(table: str, rows: pl.DataFrame, name: str) -> Path | None:
    if table not in TABLES:
        raise UserError(f"'{table}' is not a table the loader knows")
    if rows.is_empty():
        return None
    folder = settings().landing / table
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{name}.tmp"
    write_parquet(rows, temporary, compression="zstd", compression_level=1)
    return _rename(temporary, folder / f"{name}.parquet")


def _rename(temporary: Path, path: Path) -> Path:
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    os.replace(temporary, path)
    return path

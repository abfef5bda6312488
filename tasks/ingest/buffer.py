"""Land rows in frames worth a transaction, and a file's `ingest_file` row only after all its others."""

from collections import Counter
from collections.abc import Callable

import polars as pl

from warehouse.writer import land

Load = Callable[[], dict[str, int]]

_FLUSH_ROWS = 16_384
_FLUSH_BYTES = 32 << 20
_LOAD_BYTES = 192 << 20


class Buffer:
    """Rows on their way to the landing folder.

    A process killed at any point leaves files without their `ingest_file` row: they are ingested again, and the
    loader drops what it has.

    Args:
        load: moves the landing folder into the warehouse; called every so many bytes, so that it stays small.
    """

    def __init__(self, load: Load) -> None:
        self.landed: Counter[str] = Counter()
        self._load = load
        self._frames: dict[str, list[pl.DataFrame]] = {}
        self._done: list[pl.DataFrame] = []
        self._rows = 0
        self._bytes = 0
        self._unloaded = 0

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Take rows for a table."""
        if rows.is_empty():
            return
        self._frames.setdefault(table, []).append(rows)
        self._rows += len(rows)
        self._bytes += int(rows.estimated_size())
        if self._rows >= _FLUSH_ROWS or self._bytes >= _FLUSH_BYTES:
            self._flush()

    def file_done(self, row: pl.DataFrame) -> None:
        """Take the `ingest_file` row of a file all of whose rows were added."""
        self._done.append(row)

    def finish(self) -> None:
        """Land and load what is left."""
        self._flush()
        self._load()

    def _flush(self) -> None:
        for table, frames in self._frames.items():
            self._land(table, pl.concat(frames, how="diagonal_relaxed"))
        if self._done:
            self._land("ingest_file", pl.concat(self._done))
        self._unloaded += self._bytes
        self._frames, self._done, self._rows, self._bytes = {}, [], 0, 0
        if self._unloaded >= _LOAD_BYTES:
            self._load()
            self._unloaded = 0

    def _land(self, table: str, rows: pl.DataFrame) -> None:
        land(table, rows)
        self.landed[table] += len(rows)

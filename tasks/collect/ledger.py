"""Rows of `call`, `response`, `unasked` on their way to the warehouse: in a journal at once, in Parquet in chunks.

A killed process loses nothing it was paid for: every row is handed to the kernel the moment a call returns, and the
next run lands what a dead process left in its journal. Landing a row twice is harmless, its key stays the same. A call
that was under way is in the journal, too: nobody knows what became of it, so it counts with the most it can have cost.
"""

import asyncio
import fcntl
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from tasks.collect.lake_claims import lost_calls
from warehouse.connect import rows
from warehouse.settings import settings
from warehouse.writer import land, load_landing

CHUNK_ROWS = 64
CHUNK_SECONDS = 2.0
UNDER_WAY = "under way"  # in a journal: the row of a call that may never get its own

_SCHEMAS: dict[str, dict[str, Any]] = {
    # Responses first: a response without its ledger row is found again, an answer that was paid twice is not.
    "response": {
        "response_id": pl.String,
        "request_key": pl.String,
        "question_id": pl.String,
        "model": pl.String,
        "purpose": pl.String,
        "sample_index": pl.Int32,
        "refresh": pl.Int32,
        "source": pl.String,
        "text": pl.String,
        "finish_reason": pl.String,
        "mean_logprob": pl.Float64,
        "prompt_tokens": pl.Int64,
        "completion_tokens": pl.Int64,
        "token_source": pl.String,
        "cost_usd": pl.Float64,
        "cost_source": pl.String,
        "latency_s": pl.Float64,
        "text_hash": pl.String,
        "run_id": pl.String,
        "created_at": pl.Datetime,
    },
    "call": {
        "call_id": pl.String,
        "request_key": pl.String,
        "run_id": pl.String,
        "question_id": pl.String,
        "purpose": pl.String,
        "asked_model": pl.String,
        "served_model": pl.String,
        "attempt": pl.Int32,
        "sample_index": pl.Int32,
        "prompt_tokens": pl.Int64,
        "completion_tokens": pl.Int64,
        "cache_read_tokens": pl.Int64,
        "cache_write_tokens": pl.Int64,
        "reasoning_tokens": pl.Int64,
        "token_source": pl.String,
        "cost_usd": pl.Float64,
        "cost_source": pl.String,
        "latency_s": pl.Float64,
        "bound_usd": pl.Float64,
        "error_kind": pl.String,
        "error_message": pl.String,
        "note": pl.String,
        "started_at": pl.Datetime,
    },
    "unasked": dict.fromkeys(("run_id", "request_key", "asked_model", "purpose", "error_kind"), pl.String),
}

_log = logging.getLogger("concertino")


class Ledger:
    """Buffers rows, lands them every 64 rows or 2 seconds; used from one event loop.

    Args:
        landed: called whenever all rows so far are landed.
    """

    def __init__(self, landed: Callable[[], object] = lambda: None) -> None:
        self._landed = landed
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{uuid.uuid4().hex}.jsonl"
        self._journal = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        fcntl.flock(self._journal, fcntl.LOCK_EX)  # freed by the kernel when we die: then anyone may land it
        self._waiting: list[tuple[str, Mapping[str, Any]]] = []
        self._under_way: dict[str, Mapping[str, Any]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, *entries: tuple[str, Mapping[str, Any]]) -> None:
        """Keep rows, given as (table, row); rows of one call belong into one `add`.

        A row of `UNDER_WAY` is what a call gets if this process dies under it; the call's own row takes it back.
        """
        self._write(*entries)
        for table, row in entries:
            if table == UNDER_WAY:
                self._under_way[row["call_id"]] = row
                continue
            if table == "call":
                self._under_way.pop(row["call_id"], None)
            self._waiting.append((table, row))
        if len(self._waiting) >= CHUNK_ROWS:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CHUNK_SECONDS, self.flush)

    def flush(self) -> None:
        """Land what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        _land(self._waiting)
        self._waiting = []
        os.ftruncate(self._journal, 0)
        self._write(*((UNDER_WAY, call) for call in self._under_way.values()))
        self._landed()

    def _write(self, *entries: tuple[str, Mapping[str, Any]]) -> None:
        os.write(self._journal, b"".join(orjson.dumps(entry) + b"\n" for entry in entries))

    def close(self) -> None:
        """Land the rest and give the journal up: where that fails, whoever comes next may land what is in it."""
        try:
            self.flush()
            self._path.unlink(missing_ok=True)
        finally:
            os.close(self._journal)


def recover() -> int:
    """Land what killed processes left in their journals; the number of rows."""
    found = 0
    for path in sorted(_folder().glob("*.jsonl")):
        with path.open("rb") as journal:
            try:
                fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # its process is alive and lands it itself
            lines = journal.readlines()
            parsed = [entry for line in lines if (entry := _parse(line)) is not None]
            try:
                entries = _ended(parsed)
                _land(entries)
            except (pl.exceptions.PolarsError, TypeError, ValueError, KeyError, OverflowError):
                entries = parsed = []
            whole = sum(line.endswith(b"\n") for line in lines)
            if len(parsed) < whole:
                _set_aside(path, whole - len(parsed))
            path.unlink(missing_ok=True)
            found += len(entries)
    return found


def load_calls() -> None:
    """Bring into the warehouse what landed, and what killed processes and lost hosts left behind."""
    recover()
    with lost_calls() as lost:
        _land(("call", row) for row in lost)
        load_landing(("call", "response"))


def spent_usd(run_id: str, chunk_id: str = "") -> float:
    """US dollars that the loaded calls of a run cost, or of one chunk; unknown ones at the most they can have cost."""
    return float(rows("spent", run=run_id, chunk=chunk_id).item())


def _set_aside(path: Path, n_line: int) -> None:
    there = settings().quarantine / "journal" / path.name
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_bytes(path.read_bytes())
    _log.warning("%d line(s) of %s are none that a ledger writes; the file is kept as %s", n_line, path.name, there)


def _folder() -> Path:
    return settings().landing / "journal"


def _land(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    by_table: dict[str, list[Mapping[str, Any]]] = {table: [] for table in _SCHEMAS}
    for table, row in entries:
        by_table[table].append(row)
    for table, schema in _SCHEMAS.items():
        land(table, pl.DataFrame([{name: row.get(name) for name in schema} for row in by_table[table]], schema=schema))


def _ended(entries: Sequence[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """Entries of a dead process, in which a call that was under way and got no row of its own gets the noted one."""
    told = {row["call_id"] for table, row in entries if table == "call"}
    rows_ = [entry for entry in entries if entry[0] != UNDER_WAY]
    return rows_ + [("call", row) for table, row in entries if table == UNDER_WAY and row["call_id"] not in told]


def _parse(line: bytes) -> tuple[str, dict[str, Any]] | None:
    """A journal line; None for the torn last line of a killed process, and for what no ledger wrote."""
    try:
        table, row = orjson.loads(line)
        for name, kind in _SCHEMAS["call" if table == UNDER_WAY else table].items():
            if kind == pl.Datetime and isinstance(row.get(name), str):
                row[name] = datetime.fromisoformat(row[name])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return table, row

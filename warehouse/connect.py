"""The only place that opens DuckDB: one process at a time on the warehouse, anyone on the published copy."""

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from filelock import FileLock, Timeout

from warehouse.errors import ConcertinoError, UserError, WarehouseLocked, full_disk, no_memory, reason_of
from warehouse.lake import lake_attached, lake_reason, of_lake, rolled_back
from warehouse.migrate import literal, migrate, sql_files
from warehouse.settings import settings, writable_root
from warehouse.storage import refresh

_SOUND = ("Too many open files", "Permission denied", "Read-only file system", "Cannot allocate memory")  # not damaged
_HEADERS = 3 * 4096  # bytes of a DuckDB file before its first block
_this_process = threading.RLock()
_depth = 0  # of this process's connections within each other; whoever changes it has the lock


def _holder(path: Path) -> str:
    """Who holds the lock, as told by the note beside it."""
    try:
        note = json.loads(path.read_bytes())
        return f"process {note['pid']} ({note['purpose']}, since {note['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"


@contextmanager
def exclusive(purpose: str) -> Iterator[None]:
    """Hold the warehouse against all other processes; waits `CONCERTINO_LOCK_WAIT_S`, then says who has it.

    The kernel frees the lock when its holder dies, so a killed run never blocks the next.
    """
    setting = settings()
    note = writable_root() / "warehouse.lock.json"
    with _this_process:
        lock = FileLock(setting.root / "warehouse.lock", is_singleton=True)
        nested = lock.is_locked
        try:
            lock.acquire(timeout=setting.lock_wait_s)
        except Timeout:
            raise WarehouseLocked(
                f"the warehouse is held by {_holder(note)}; wait for it, or read the published copy {setting.published}"
            ) from None
        try:
            if not nested:
                since = datetime.now(UTC).strftime("%H:%M:%S UTC")
                note.write_text(json.dumps({"pid": os.getpid(), "purpose": purpose, "since": since}), encoding="utf-8")
            yield
        finally:
            lock.release()


@lru_cache(maxsize=1)
def _engine(warehouse: Path, lake: str | None) -> duckdb.DuckDBPyConnection:
    """This process's DuckDB, in which a lake stays attached: starting one, or attaching, takes longer than most reads.

    Args:
        warehouse, lake: which warehouse it is for.
    """
    return duckdb.connect(config={"temp_directory": str(warehouse.with_suffix(".duckdb.tmp"))})


def _attach(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Open with patience: somebody may look into the writer's file with a client of their own."""
    if path.exists() and path.stat().st_size < _HEADERS:
        path.unlink()  # a full disk, or a kill at the very start: there was nothing in it yet
    kind = "type duckdb" if path.exists() else f"type duckdb, storage_version '{settings().storage_version}'"
    deadline = time.monotonic() + settings().lock_wait_s
    while True:
        try:
            engine.execute(f"attach {literal(path)} as warehouse ({kind})")
            return
        except duckdb.Error as error:
            if "could not set lock" not in str(error).lower():  # a damaged block is no lock
                raise _unusable(path, error) from error
            if time.monotonic() > deadline:
                reason = reason_of(error)
                raise WarehouseLocked(
                    f"{path} is open in another program ({reason}); close it there and open "
                    f"the published copy {settings().published} instead"
                ) from None
            time.sleep(0.2)


@contextmanager
def _interrupted(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """End what a connection does with the block: after a signal its threads would go on, and closing waits for them."""
    try:
        yield
    except BaseException:
        con.interrupt()
        raise


@contextmanager
def _opened(engine: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    if settings().lake:
        with lake_attached(engine, settings()):
            yield
    else:
        _attach(engine, path)
        yield
        engine.execute("detach warehouse")


@contextmanager
def _attached() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to the migrated warehouse, which the outermost opens."""
    global _depth
    path = settings().warehouse
    engine = _engine(path, settings().lake)
    outermost = _depth == 0
    _depth += 1
    try:
        with (
            _opened(engine, path) if outermost else nullcontext(),
            engine.cursor() as con,
            rolled_back(con),
        ):
            con.execute("use warehouse")
            for macro in sql_files("macros").values():  # temporary: each connection has its own
                con.execute(macro)
            with _interrupted(con):
                if outermost:  # of a lake that stays attached, too: a host with newer code may have migrated it
                    migrate(con)
                yield con
    except BaseException:
        if outermost:  # whatever it was, the next one begins with a new DuckDB
            _engine.cache_clear()
            engine.close()
        raise
    finally:
        _depth -= 1


def of_place(error: duckdb.Error) -> bool:
    """Whether an error is of where the warehouse is (memory, a disk, PostgreSQL), not of what was asked of it."""
    return isinstance(error, duckdb.OutOfMemoryException) or "Could not write" in str(error) or of_lake(error)


def _unusable(path: Path, error: duckdb.Error) -> UserError:
    setting = settings()
    reason, whole = reason_of(error), " ".join(str(error).split())
    if full := full_disk(error):
        return UserError(full)
    if setting.lake:
        return UserError(
            f"cannot use the lake {setting.lake} with its files in {setting.lake_data} ({lake_reason(error)}); mend "
            "that, and the same command again continues where it was; the published copy is at "
            f"{setting.published}"
        )
    if any(sign in whole for sign in _SOUND):
        return UserError(f"cannot use {path} ({reason}); mend that, and the same command again continues where it was")
    return UserError(
        f"cannot use {path} ({reason}); if it is damaged, put back a backup, or the published copy, which holds all up "
        f"to the last publish: cp '{settings().published}' '{path}'"
    )


@contextmanager
def connection(purpose: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-write connection to the migrated warehouse, held as short as possible."""
    with exclusive(purpose):
        try:
            with _attached() as con:
                yield con
        except duckdb.OutOfMemoryException as error:
            raise ConcertinoError(no_memory(error)) from error
        except (duckdb.IOException, duckdb.FatalException, duckdb.InternalException) as error:
            raise _unusable(settings().warehouse, error) from error
        except duckdb.Error as error:
            if not of_place(error):
                raise
            raise _unusable(settings().warehouse, error) from error


def read(sql: str, parameters: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Rows of one query on the warehouse; parameters are named (`$name`) and passed, never formatted in."""
    with connection("reading") as con:
        # A relation with parameters (con.sql) would turn every value of a vector into a Python object on the way.
        return con.execute(sql, dict(parameters or {}) or None).pl()


def rows(name: str, **parameters: Any) -> pl.DataFrame:
    """Rows of a statement in `warehouse/reads/NAME.sql`, with its named parameters."""
    return read(sql_files("reads")[name], parameters)


@contextmanager
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the published copy: the shared storage's newest, where one is set.

    Raises:
        UserError: nothing was published yet, the file is damaged, or the storage cannot be used.
    """
    path = settings().published
    refresh(path)
    if not path.exists():
        raise UserError(
            f"there is no published copy at {path} yet; run `concertino demo` or `concertino publish` first"
        )
    try:
        con = duckdb.connect(
            str(path), read_only=True, config={"enable_external_access": "false", "lock_configuration": "true"}
        )
    except duckdb.Error as error:
        raise UserError(f"cannot open {path} ({reason_of(error)}); `concertino publish` makes it anew") from error
    try:
        with _interrupted(con):
            yield con
    finally:
        con.close()

"""The warehouse as a DuckLake: its catalog in PostgreSQL, its rows as Parquet below the home or on shared storage."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import duckdb

from warehouse.errors import UserError, WarehouseLocked
from warehouse.extension import load_extension
from warehouse.identity import hash_parts
from warehouse.migrate import literal
from warehouse.settings import Settings, settings
from warehouse.storage import lake_folder

_FSSPEC = r"\n\nAt:\n"  # DuckDB tells where in Python its files' errors come from
LOST = re.compile(rf"Postgres|DuckLake|DATA_PATH|server closed|Failed to (?:commit|execute|prepare)|{_FSSPEC}")
_EXTENSIONS = ("ducklake", "postgres_scanner")
_LOCK = "from postgres_query('lake_lock', 'select pg_try_advisory_xact_lock({})')"
_WRITER = "hashtext(''concertino'')"


@contextmanager
def lake_attached(engine: duckdb.DuckDBPyConnection, setting: Settings) -> Iterator[None]:
    """Attach the lake as `warehouse`, and hold it against the writers of other homes and hosts.

    Raises:
        UserError: an extension is not installed.
        WarehouseLocked: another holds it for longer than `CONCERTINO_LOCK_WAIT_S`.
        duckdb.Error: PostgreSQL or the files cannot be used.
    """
    _load(engine)
    engine.execute(f"attach {literal(_catalog(setting))} as lake_lock (type postgres)")
    with engine.cursor() as holder, rolled_back(holder):
        holder.begin()  # the lock ends with its transaction
        deadline = time.monotonic() + setting.lock_wait_s
        while holder.execute(_LOCK.format(_WRITER)).fetchone() != (True,):
            if time.monotonic() > deadline:
                raise WarehouseLocked(
                    f"the lake {setting.lake} is held from another home or host; wait for it, or read the published "
                    f"copy {setting.published}"
                )
            time.sleep(0.2)
        _attach(engine, setting, "data_inlining_row_limit 0")
        yield
        engine.execute("detach warehouse")
    engine.execute("detach lake_lock")


def held_run(run_id: str) -> duckdb.DuckDBPyConnection | None:
    """Hold a run against other homes and hosts as long as the connection is open; None while another has it.

    PostgreSQL frees it with its connection, so a host that dies holds nothing.

    Raises:
        UserError: the catalog's PostgreSQL cannot be used.
    """
    con = duckdb.connect()
    try:
        _load(con)
        con.execute(f"attach {literal(_catalog(settings()))} as lake_lock (type postgres)")
        con.begin()
        key = int(hash_parts("run", run_id)[:15], 16)
        if con.execute(_LOCK.format(key)).fetchone() == (True,):
            return con
    except duckdb.Error as error:
        let_go(con)
        raise _no_catalog(error) from error
    let_go(con)
    return None


def let_go(con: duckdb.DuckDBPyConnection) -> None:
    """Close a connection of `held_run`."""
    with con, rolled_back(con):
        pass


@contextmanager
def rolled_back(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """End what was left open: to close a lake's transaction whose PostgreSQL is gone aborts the process."""
    try:
        yield
    finally:
        with suppress(duckdb.Error):
            con.rollback()


@contextmanager
def as_of(moment: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the lake as it was at a moment (in UTC, where it says no zone); nothing is locked.

    Raises:
        UserError: the warehouse is no lake, it cannot be used, or is younger.
    """
    setting = settings()
    if setting.lake is None:
        raise UserError("only a DuckLake knows what was; CONCERTINO_WAREHOUSE sets one, and this warehouse is a file")
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    with duckdb.connect() as con:
        _load(con)
        try:
            _attach(con, setting, f"read_only, snapshot_time '{utc.isoformat()}'")
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"the lake {setting.lake} cannot be read as of {moment} ({reason}); name a later time, or mend that"
            ) from error
        con.execute("use warehouse")
        yield con


def check_lake() -> None:
    """Connect to the catalog's PostgreSQL once; nothing is made there.

    Raises:
        UserError: it cannot be used, or an extension is not installed.
    """
    setting = settings()
    with duckdb.connect() as con:
        _load(con)
        try:
            con.execute(f"attach {literal(_catalog(setting))} as catalog (type postgres, read_only)")
        except duckdb.Error as error:
            raise _no_catalog(error) from error


def _no_catalog(error: duckdb.Error) -> UserError:
    reason = str(error).splitlines()[0]
    return UserError(
        f"the lake {settings().lake} cannot be used ({reason}); start its PostgreSQL, or set PGPASSWORD right"
    )


def _load(con: duckdb.DuckDBPyConnection) -> None:
    for name in _EXTENSIONS:
        load_extension(con, name, "a DuckLake", "lake")


def _catalog(setting: Settings) -> str:
    return (setting.lake or "").removeprefix("ducklake:postgres:")


def _attach(con: duckdb.DuckDBPyConnection, setting: Settings, options: str) -> None:
    there = lake_folder(con)
    con.execute(f"attach {literal(setting.lake or '')} as warehouse (data_path {literal(there)}, {options})")

"""The warehouse as a DuckLake: its catalog in PostgreSQL, its rows as Parquet below the home or on shared storage."""

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

import duckdb

from warehouse.catalog import Catalog
from warehouse.errors import UserError, WarehouseLocked, reason_of
from warehouse.extension import load_extension
from warehouse.identity import hash_parts
from warehouse.migrate import literal
from warehouse.settings import Settings, settings
from warehouse.storage import lake_folder

_FSSPEC = r"\n\nAt:\n"  # DuckDB tells where in Python its files' errors come from
_OF_LAKE = re.compile(rf"Postgres|DuckLake|DATA_PATH|server closed|Failed to (?:commit|execute|prepare)|{_FSSPEC}")
_SAID = re.compile(
    r'Failed to (?:execute|prepare)[^"]*".*": ?(.*)'  # behind the statement's last quote
    r"|Current transaction is aborted",  # a first error that DuckDB's binder took for another
    re.DOTALL,
)
_ATTACHED = "select 1 from duckdb_databases() where database_name = 'warehouse'"
_EXTENSIONS = ("ducklake", "postgres_scanner")
_WRITER = "select pg_try_advisory_lock(hashtext('concertino'))"
_HOLD = """
select case
    when exists (select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) then true
    else pg_try_advisory_lock(%(key)s)
end
"""
_MADE = "select to_regclass('ducklake_metadata') is not null"
_OLDEST = "select min(snapshot_time) from ducklake_snapshot"
_ELSEWHERE = re.compile("DATA_PATH|FileNotFoundError")  # of fsspec, whose path in the catalog is that of any storage
_A_ROW = "select * from warehouse.migration limit 1"  # a count would come from the catalog, without a file


@contextmanager
def lake_attached(engine: duckdb.DuckDBPyConnection, setting: Settings) -> Iterator[None]:
    """Hold the lake against the writers of other homes and hosts, attached as `warehouse`.

    It stays attached: what DuckDB reads of a lake's catalog at first takes longer than most reads of rows.

    Raises:
        UserError: an extension is not installed, or the catalog's PostgreSQL cannot be used.
        WarehouseLocked: another holds it for longer than `CONCERTINO_LOCK_WAIT_S`.
        duckdb.Error: PostgreSQL or the files cannot be used.
    """
    missing = engine.execute(_ATTACHED).fetchone() is None
    if missing:
        _load(engine)
    with closing(Catalog()) as holder:
        deadline = time.monotonic() + setting.lock_wait_s
        while holder.rows(_WRITER) != [(True,)]:
            if time.monotonic() > deadline:
                raise WarehouseLocked(
                    f"the lake {setting.lake} is held from another home or host; wait for it, or read the published "
                    f"copy {setting.published}"
                )
            time.sleep(0.05)
        if missing:
            _attach(engine, setting, "data_inlining_row_limit 0")
        yield


def hold_run(catalog: Catalog, run_id: str) -> bool:
    """Hold a run against other homes and hosts as long as a session is open; false while another has it.

    PostgreSQL frees it with its connection, so a host that dies holds nothing; one that was cut has to hold it again.

    Args:
        catalog: whose session holds nothing else.
        run_id: the run.

    Raises:
        UserError: the catalog's PostgreSQL cannot be used.
    """
    return catalog.rows(_HOLD, {"key": int(hash_parts("run", run_id)[:15], 16)}) == [(True,)]


def of_lake(error: BaseException) -> bool:
    """Whether an error is of a lake's PostgreSQL or files, where the warehouse is one."""
    return settings().lake is not None and _OF_LAKE.search(str(error)) is not None


def said_by_postgres(error: BaseException) -> str | None:
    """What PostgreSQL answered to a statement of DuckDB's; None when an error is not of one.

    Of a session that was lost at an earlier statement DuckDB tells no reason.
    """
    if (found := _SAID.search(str(error))) is None:
        return None
    return next(iter((found[1] or "").strip().splitlines()), "the connection was lost")


def lake_reason(error: BaseException) -> str:
    """Why something that may be a lake cannot be used, in a few words."""
    said = said_by_postgres(error)
    return f"PostgreSQL: {said}" if said else reason_of(error)


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
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    with duckdb.connect() as con:
        _load(con)
        with closing(Catalog()) as catalog:
            if not _made(catalog):
                raise UserError(f"the lake {setting.lake} is not made yet, so there is nothing as of {utc:%F %T} UTC")
            [(oldest,)] = catalog.rows(_OLDEST)
        if utc < oldest:
            raise UserError(
                f"the lake {setting.lake} cannot be read as of {utc:%F %T} UTC: its oldest snapshot is of "
                f"{oldest.astimezone(UTC):%F %T} UTC; name a later time"
            )
        try:
            _attach(con, setting, f"read_only, snapshot_time '{utc.isoformat()}'")
        except duckdb.Error as error:
            raise _unreadable(error, setting) from error
        con.execute("use warehouse")
        yield con


def check_lake() -> None:
    """Connect to the catalog's PostgreSQL once, and read a row of a lake that is there; nothing is made.

    Raises:
        UserError: it cannot be used, its files are elsewhere, or an extension is not installed.
    """
    setting = settings()
    with duckdb.connect() as con:
        _load(con)
        with closing(Catalog()) as catalog:
            if not _made(catalog):
                return
        try:
            _attach(con, setting, "read_only")
            with suppress(duckdb.CatalogException):  # killed before it had a table: the next command makes them
                con.execute(_A_ROW).fetchone()
        except duckdb.Error as error:
            raise _unreadable(error, setting) from error


def _made(catalog: Catalog) -> bool:
    return catalog.rows(_MADE) == [(True,)]


def _unreadable(error: duckdb.Error, setting: Settings) -> UserError:
    made_with = "set CONCERTINO_STORAGE (without one, CONCERTINO_HOME) to what it was made with"
    mend = made_with if _ELSEWHERE.search(str(error)) else "mend that"
    return UserError(
        f"the lake {setting.lake} is there, but cannot be read with its files in {setting.lake_data} "
        f"({lake_reason(error)}); {mend}"
    )


def _load(con: duckdb.DuckDBPyConnection) -> None:
    for name in _EXTENSIONS:
        load_extension(con, name, "a DuckLake", "lake")


def _attach(con: duckdb.DuckDBPyConnection, setting: Settings, options: str) -> None:
    there = lake_folder(con)
    con.execute(f"attach {literal(setting.lake or '')} as warehouse (data_path {literal(there)}, {options})")

"""The published copy: what people and BI tools open, swapped in atomically, readable by DuckDB 1.4 and later."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

from warehouse.comments import comment_on
from warehouse.connect import connection, published
from warehouse.migrate import create_views, literal
from warehouse.motherduck import check_motherduck, upload
from warehouse.settings import settings
from warehouse.storage import swap_in
from warehouse.tables import TABLES, table_names
from warehouse.writer import now

_COMPLETED = """
update copy_out.run set status = 'completed', message = $message, finished_at = $now
where run_id = $run and status = 'running'
"""
_LOADS = """
select table_name, count(*), coalesce(sum(n_replaced), 0) from {}landing_file group by table_name
"""
_SAME_PAST = """
select
    not exists (select name, checksum from copy_out.migration except select name, checksum from migration)
    and not exists (select name, checksum from migration except select name, checksum from copy_out.migration)
    and not exists (select name from copy_out.landing_file except select name from landing_file)
"""
_OWN = ("migration", "publication")  # differ between the copy and its source by nature
_WHOLE = {"run", "quarantine"}  # are changed without a landing file, here or by the loader


def publish(
    run_id: str | None = None, message: str | None = None, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Bring a copy of the former copy up to date, or make a new one; then swap it in.

    The loader's own book, `landing_file`, tells what is new since the former copy: a table of which nothing was loaded
    stays, one to which rows were only added gets those, all others are copied whole, and of a lake also that one.
    Without a former copy of the same warehouse and schema everything is.

    Args:
        run_id: the run that publishes; in the copy it is completed, because nobody sees a copy before it is.
        message: what the run has to say.
        progress: called with (done, of) after each table.

    Returns:
        Rows per table of the copy. Readers that have the old copy open keep it.

    Raises:
        UserError: the storage that is set cannot be used, or there is no token for MotherDuck, and nothing is swapped;
            or MotherDuck did not take the copy.
        RuntimeError: a table of the copy has another row count than its source; nothing is swapped.
    """
    check_motherduck()
    setting = settings()
    temporary = setting.published.with_suffix(".tmp")
    with connection("publishing") as con:
        _remove(temporary)
        tables = table_names(con)
        former = _attach(con, temporary)
        loads = _loads(con)
        for done, name in enumerate(tables, 1):
            _bring(con, name, former.get(name), loads.get(name))
            if progress:
                progress(done, len(tables))
        source = {name: _count(con, name) for name in tables if name not in _OWN}
        con.executemany(
            "insert into copy_out.publication values (?, ?, ?)", [(name, n, now()) for name, n in source.items()]
        )
        con.execute(_COMPLETED, {"run": run_id, "message": message, "now": now()})
        con.execute("detach copy_out")
        with duckdb.connect(str(temporary)) as copy:
            create_views(copy)
            comment_on(copy)
            counts = {name: _count(copy, name) for name in source}
            copy.execute("checkpoint")
        if counts != source:
            _remove(temporary)
            raise RuntimeError("the published copy differs from its source in row counts; nothing was swapped")
        swap_in(temporary, setting.published)
    upload(setting.published)
    return counts


def _attach(con: duckdb.DuckDBPyConnection, temporary: Path) -> dict[str, tuple[int, int]]:
    """Attach the copy to be, which begins as the former one where that is of use; what was loaded into it."""
    setting = settings()
    attach = f"attach {literal(temporary)} as copy_out (storage_version '{setting.storage_version}')"
    if setting.published.exists():
        try:
            shutil.copyfile(setting.published, temporary)
            con.execute(attach)
            if con.execute(_SAME_PAST).fetchone() == (True,):
                return _loads(con, "copy_out.")
        except (duckdb.Error, OSError):  # damaged, of another version, or the disk is full
            pass
        con.execute("detach database if exists copy_out")
        _remove(temporary)
    con.execute(attach)
    return {}


def _loads(con: duckdb.DuckDBPyConnection, database: str = "") -> dict[str, tuple[int, int]]:
    """Table → how many files were loaded into it, and how many of its rows gave way to theirs."""
    found = con.execute(_LOADS.format(database)).fetchall()
    return {name: (n_file, n_replaced) for name, n_file, n_replaced in found}


def _bring(
    con: duckdb.DuckDBPyConnection, name: str, former: tuple[int, int] | None, loads: tuple[int, int] | None
) -> None:
    """Make a table of the copy what its source is."""
    if former and loads and former[1] == loads[1] and name in TABLES and name not in _WHOLE:
        if settings().lake is None:  # a lake promises no order of its rows
            _append(con, name)
        if _count(con, f"copy_out.{name}") == _count(con, name):
            return
    con.execute(f"create or replace table copy_out.{name} as select * from {name}")


def _append(con: duckdb.DuckDBPyConnection, name: str) -> None:
    there = _count(con, f"copy_out.{name}")
    if first := con.execute(f"select rowid from {name} limit 1 offset $there", {"there": there}).fetchone():
        con.execute(f"insert into copy_out.{name} select * from {name} where rowid >= $first", {"first": first[0]})


def published_counts() -> pl.DataFrame:
    """One row per table of the published copy: `row_key` (its name), `n_missing` (rows of the source it lacks)."""
    with published() as con:
        noted = con.execute("select table_name, n_row from publication order by table_name").fetchall()
        lines = [(name, n - _count(con, name)) for name, n in noted]
    schema = {"row_key": pl.String, "n_missing": pl.Int64}
    return pl.DataFrame(lines, schema=schema, orient="row")


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _remove(path: Path) -> None:
    for suffix in ("", ".wal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)

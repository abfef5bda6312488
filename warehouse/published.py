"""The published copy: what people and BI tools open, swapped in atomically, readable by DuckDB 1.4 and later."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

from warehouse.comments import comment_on
from warehouse.connect import connection, published
from warehouse.migrate import create_views
from warehouse.settings import settings
from warehouse.storage import swap_in
from warehouse.writer import now

_TABLES = "select table_name from duckdb_tables() where database_name = current_database() order by table_name"
_COMPLETED = """
update copy_out.run set status = 'completed', message = $message, finished_at = $now
where run_id = $run and status = 'running'
"""
_OWN = ("migration", "publication")  # differ between the copy and its source by nature


def publish(
    run_id: str | None = None, message: str | None = None, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Copy every table to a new file, create the views there, and swap it in.

    Args:
        run_id: the run that publishes; in the copy it is completed, because nobody sees a copy before it is.
        message: what the run has to say.
        progress: called with (done, of) after each table.

    Returns:
        Rows per table of the copy. Readers that have the old copy open keep it.

    Raises:
        UserError: the storage that is set cannot be used; nothing is swapped.
        RuntimeError: a table of the copy has another row count than its source; nothing is swapped.
    """
    setting = settings()
    temporary = setting.published.with_suffix(".tmp")
    with connection("publishing") as con:
        _remove(temporary)
        tables = [name for (name,) in con.execute(_TABLES).fetchall()]
        con.execute(f"attach {_literal(temporary)} as copy_out (storage_version '{setting.storage_version}')")
        for done, name in enumerate(tables, 1):
            con.execute(f"create table copy_out.{name} as select * from {name}")
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
    return counts


def published_counts() -> pl.DataFrame:
    """One row per table of the published copy: `row_key` (its name), `n_missing` (rows of the source it lacks)."""
    with published() as con:
        noted = con.execute("select table_name, n_row from publication order by table_name").fetchall()
        lines = [(name, n - _count(con, name)) for name, n in noted]
    schema = {"row_key": pl.String, "n_missing": pl.Int64}
    return pl.DataFrame(lines, schema=schema, orient="row")


def _literal(path: Path) -> str:
    """A path as SQL text, for the one statement that takes no parameter."""
    return "'" + str(path).replace("'", "''") + "'"


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _remove(path: Path) -> None:
    for suffix in ("", ".wal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)

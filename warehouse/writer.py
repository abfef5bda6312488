"""The one way into the warehouse: append landing Parquet anywhere, load it in short transactions.

Landing a frame never waits for anyone. Loading is idempotent: a file is named once in `landing_file`, in the
transaction that moves its rows, so a process killed between commit and removal loses and repeats nothing.
"""

import os
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from warehouse.connect import connection
from warehouse.errors import UserError
from warehouse.settings import settings
from warehouse.tables import TABLES

_SOURCE = "landed"


def now() -> datetime:
    """This moment in UTC, without a zone, as the warehouse keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def land(table: str, rows: pl.DataFrame) -> Path | None:
    """Write rows as one landing file (temporary name, then atomic rename); nothing for an empty frame.

    Args:
        table: a table of `warehouse.tables.TABLES`.
        rows: columns named as in the table; columns it lacks are refused at loading.
    """
    if table not in TABLES:
        raise UserError(f"'{table}' is not a table the loader knows")
    if rows.is_empty():
        return None
    folder = settings().landing / table
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{now():%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:12]}"
    temporary = folder / f".{name}.tmp"
    rows.write_parquet(temporary, compression="zstd", compression_level=1)
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    final = folder / f"{name}.parquet"
    os.replace(temporary, final)
    return final


def load_landing(tables: tuple[str, ...] | None = None) -> dict[str, int]:
    """Move landing files into the warehouse, one transaction a file, oldest first.

    Args:
        tables: only these; all by default.

    Returns:
        Rows per table in the files that were moved (before de-duplication by key).
    """
    waiting = [(table, path) for table in tables or TABLES for path in _files(table)]
    moved: Counter[str] = Counter()
    if not waiting:
        return {}
    with connection("loading landed rows") as con:
        for table, path in waiting:
            moved[table] += _load_file(con, table, path)
    return dict(moved)


def write(table: str, rows: pl.DataFrame) -> None:
    """Land and load at once, for the few rows that must be visible immediately."""
    if land(table, rows) is not None:
        load_landing((table,))


def _files(table: str) -> list[Path]:
    return sorted((settings().landing / table).glob("*.parquet"))


def _load_file(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
    known = con.execute("select count(*) from landing_file where name = $name", {"name": path.name}).fetchone()
    if known and known[0]:
        path.unlink(missing_ok=True)
        return 0
    rows = pl.read_parquet(path, use_statistics=False)
    con.begin()
    try:
        _insert(con, table, rows)
        con.execute(
            "insert into landing_file values ($name, $table, $n, $now)",
            {"name": path.name, "table": table, "n": len(rows), "now": now()},
        )
        con.commit()
    except duckdb.BinderException as error:
        con.rollback()
        raise UserError(f"landing file {path} does not fit table {table}: {str(error).splitlines()[0]}") from error
    except BaseException:
        con.rollback()
        raise
    path.unlink(missing_ok=True)
    return len(rows)


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Insert rows by the table's rule. Names come from TABLES and the schema, never from a user."""
    key = TABLES[table].key
    last = TABLES[table].again == "replace"
    con.register(_SOURCE, rows.unique(subset=list(key), keep="last" if last else "first", maintain_order=True))
    same = " and ".join(f"target.{column} is not distinct from {_SOURCE}.{column}" for column in key)
    if last:
        con.execute(f"delete from {table} as target using {_SOURCE} where {same}")
        con.execute(f"insert into {table} by name select * from {_SOURCE}")
    else:
        con.execute(
            f"insert into {table} by name select * from {_SOURCE} "
            f"where not exists (select 1 from {table} as target where {same})"
        )
    con.unregister(_SOURCE)

"""The one way into the warehouse: append landing Parquet anywhere, load it in short transactions.

Landing a frame never waits for anyone. Loading is idempotent: a file is named once in `landing_file`, in the
transaction that moves its rows, so a process killed between commit and removal loses and repeats nothing.
"""

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from warehouse.connect import connection
from warehouse.errors import UserError
from warehouse.settings import settings
from warehouse.tables import TABLES

_SOURCE = "landed"
_GROUP_BYTES = 16 * 2**20
_MISFIT = (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError, pl.exceptions.PolarsError)


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
    """Move landing files into the warehouse, oldest first, a few megabytes a transaction.

    Args:
        tables: only these; all by default.

    Returns:
        Rows per table in the files that were moved (before de-duplication by key).

    Raises:
        UserError: a file does not fit its table; the message names it. All other files are moved.
    """
    waiting = [(table, group) for table in tables or TABLES for group in _groups(_files(table))]
    moved: Counter[str] = Counter()
    if not waiting:
        return {}
    misfits: list[UserError] = []
    with connection("loading landed rows") as con:
        con.execute("set wal_autocheckpoint = '256MB'")  # the default's checkpoints take a third of a big load
        for table, group in waiting:
            rows, errors = _load_group(con, table, group)
            moved[table] += rows
            misfits += errors
    if misfits:
        raise misfits[0]
    return dict(moved)


def write(table: str, rows: pl.DataFrame) -> None:
    """Land and load at once, for the few rows that must be visible immediately."""
    if land(table, rows) is not None:
        load_landing((table,))


def _files(table: str) -> list[Path]:
    return sorted((settings().landing / table).glob("*.parquet"))


def _groups(paths: list[Path]) -> Iterator[list[Path]]:
    """Neighbouring files, together at most `_GROUP_BYTES` (or one file): finding keys costs a table scan a group."""
    group: list[Path] = []
    size = 0
    for path in paths:
        try:
            bytes_ = path.stat().st_size
        except FileNotFoundError:  # another process has just loaded it
            continue
        if group and size + bytes_ > _GROUP_BYTES:
            yield group
            group, size = [], 0
        group.append(path)
        size += bytes_
    if group:
        yield group


def _load_group(con: duckdb.DuckDBPyConnection, table: str, group: list[Path]) -> tuple[int, list[UserError]]:
    """Load a group; when it fails, its files one by one, so that a misfit keeps nobody else waiting."""
    try:
        return _load_files(con, table, group), []
    except _MISFIT as error:
        if len(group) == 1:
            reason = str(error).splitlines()[0]
            return 0, [UserError(f"landing file {group[0]} does not fit table {table}: {reason}; repair or delete it")]
    moved = [_load_group(con, table, [path]) for path in group]
    return sum(rows for rows, _ in moved), [error for _, errors in moved for error in errors]


def _load_files(con: duckdb.DuckDBPyConnection, table: str, group: list[Path]) -> int:
    named = {"names": [path.name for path in group]}
    known = {name for (name,) in con.execute("select name from landing_file where name in $names", named).fetchall()}
    frames = {path.name: pl.read_parquet(path) for path in group if path.name not in known and path.exists()}
    if frames:
        con.begin()
        try:
            _insert(con, table, pl.concat(frames.values(), how="diagonal_relaxed"))
            con.executemany(
                "insert into landing_file values (?, ?, ?, ?)",
                [(name, table, len(frame), now()) for name, frame in frames.items()],
            )
            con.commit()
        except BaseException:
            con.rollback()
            raise
    for path in group:
        path.unlink(missing_ok=True)
    return sum(map(len, frames.values()))


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Insert rows by the table's rule. Names come from TABLES and the schema, never from a user."""
    key = TABLES[table].key
    last = TABLES[table].again == "replace"
    rows = rows.with_columns(pl.lit(None, pl.String).alias(column) for column in key if column not in rows.columns)
    con.register(_SOURCE, rows.unique(subset=list(key), keep="last" if last else "first", maintain_order=True))
    same = " and ".join(f"target.{column} is not distinct from {_SOURCE}.{column}" for column in key)
    try:
        if last:
            con.execute(f"delete from {table} as target using {_SOURCE} where {same}")
            con.execute(f"insert into {table} by name select * from {_SOURCE}")
        else:
            con.execute(
                f"insert into {table} by name select * from {_SOURCE} "
                f"where not exists (select 1 from {table} as target where {same})"
            )
    finally:
        con.unregister(_SOURCE)

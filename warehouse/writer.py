"""The one way into the warehouse: what landed goes in, in short transactions.

Loading is idempotent: a file is named once in `landing_file`, in the transaction that moves its rows, so a process
killed between commit and removal loses and repeats nothing.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl

from warehouse.connect import connection
from warehouse.errors import UserError, reason_of
from warehouse.identity import hash_parts
from warehouse.lake import said_by_postgres
from warehouse.landing import Batch, land, now, refused, sweep, waiting
from warehouse.migrate import sql_files
from warehouse.tables import TABLES

_log = logging.getLogger("concertino")
_MADE = "created_at"  # a host that was lost may bring its rows when others have made them anew
_SOURCE = "landed"
_GROUP_BYTES = 16 * 2**20
_MISFIT = (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError, pl.exceptions.PolarsError)


class _Misfit(Exception):
    """Rows that a table does not take."""


def load_landing(tables: tuple[str, ...] | None = None) -> dict[str, int]:
    """Move what landed into the warehouse, oldest first, a few megabytes a transaction.

    Args:
        tables: only these, and what belongs together with them; all by default.

    Returns:
        Rows per table in the files that were moved (before de-duplication by key).

    Raises:
        UserError: something that this process landed does not fit and was set aside; the message names it. All else
            is moved. What others landed and does not fit is set aside with a warning.
    """
    moved = move_landed(tables)
    if lost := refused():
        raise UserError(lost[0])
    return moved


def move_landed(tables: tuple[str, ...] | None = None) -> dict[str, int]:
    """As `load_landing`, but what was set aside is left for the next `load_landing` to tell."""
    moved: Counter[str] = Counter()
    if waiting(tuple(TABLES)):
        with connection("loading landed rows") as con:
            con.execute("set wal_autocheckpoint = '256MB'")  # the default's checkpoints take a third of a big load
            sweep()
            for group in _groups(waiting(tables or tuple(TABLES))):
                moved.update(_load_group(con, group))
    return dict(moved)


def write(table: str, rows: pl.DataFrame) -> None:
    """Land and load at once, for the few rows that must be visible immediately."""
    if land(table, rows) is not None:
        load_landing((table,))


def _groups(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    """Neighbours, together at most `_GROUP_BYTES` (or one batch)."""
    group: list[Batch] = []
    for batch in batches:
        if group and sum(one.size for one in group) + batch.size > _GROUP_BYTES:
            yield group
            group = []
        group.append(batch)
    if group:
        yield group


def _load_group(con: duckdb.DuckDBPyConnection, group: Sequence[Batch]) -> Counter[str]:
    """Load a group in one transaction; when it fails, its batches one by one, so that a misfit costs itself alone."""
    con.begin()
    try:
        moved = _load_batches(con, group)
        con.commit()
    except _Misfit as misfit:
        con.rollback()
        if len(group) > 1:
            moved = Counter()
            for batch in group:
                moved.update(_load_group(con, [batch]))
            return moved
        _set_aside(con, group[0], str(misfit))
        return Counter()
    for batch in group:
        batch.remove()
    return moved


def _load_batches(con: duckdb.DuckDBPyConnection, group: Sequence[Batch]) -> Counter[str]:
    named = {"names": [path.name for batch in group for path in batch.files]}
    known = {name for (name,) in con.execute("select name from landing_file where name in $names", named).fetchall()}
    moved: Counter[str] = Counter()
    for table in TABLES:
        for some in _groups(Batch(path, (path,)) for batch in group for path in batch.of(table)):
            paths = [one.head for one in some if one.head.name not in known]
            moved[table] += _load_files(con, table, paths)
    return moved


def _load_files(con: duckdb.DuckDBPyConnection, table: str, paths: Sequence[Path]) -> int:
    """Load files of a table together: finding keys costs a table scan."""
    if not paths:
        return 0
    try:
        frames = [pl.read_parquet(path, glob=False) for path in paths]
        replaced = _insert(con, table, pl.concat(frames, how="diagonal_relaxed"))
    except _MISFIT as error:
        if said_by_postgres(error):  # the rows are sound
            raise
        raise _Misfit(f"does not fit table {table}: {reason_of(error)}") from error
    con.executemany(
        "insert into landing_file values (?, ?, ?, ?, ?)",
        [
            (path.name, table, len(frame), now(), 0 if at else replaced)
            for at, (path, frame) in enumerate(zip(paths, frames, strict=True))
        ],
    )
    return sum(map(len, frames))


def _set_aside(con: duckdb.DuckDBPyConnection, batch: Batch, misfit: str) -> None:
    """Out of everybody's way, under its name and with its reason, in the quarantine folder and table."""
    sentence = batch.set_aside(misfit)
    row = {
        "quarantine_id": hash_parts("landing", batch.head.name),
        "table_name": "landing_file",
        "source": str(batch.head),
        "row_key": batch.head.name,
        "reason": "unloadable_batch",
        "detail": sentence,
        "quarantined_at": now(),
    }
    _insert(con, "quarantine", pl.DataFrame([row]))
    _log.warning("%s", sentence)


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> int:
    """Insert rows by the table's rule; how many gave way. Names come from TABLES and the schema, never from a user."""
    key, again = TABLES[table].key, TABLES[table].again
    rows = rows.with_columns(pl.lit(None, pl.String).alias(column) for column in key if column not in rows.columns)
    distinct = rows.unique(list(key), keep="first" if again == "keep" else "last", maintain_order=True)
    if again == "fill" and len(distinct) < len(rows):  # each takes over what it lacks from the one before
        nth = rows.select(pl.int_range(pl.len()).over(key)).to_series()
        gone, *_ = [_insert(con, table, some) for _, some in rows.group_by(nth, maintain_order=True)]
        return gone
    con.register(_SOURCE, distinct.to_arrow(compat_level=pl.CompatLevel.newest()))  # texts are handed over, not copied
    there = f"exists (select 1 from {table} as target where {_same(key, _SOURCE)})"
    try:
        if again == "keep":
            con.execute(f"insert into {table} by name select * from {_SOURCE} where not {there}")
            return 0
        if con.execute(f"select 1 from {_SOURCE} where {there} limit 1").fetchone() is None:  # one look at the keys
            con.execute(f"insert into {table} by name select * from {_SOURCE}")
            return 0
        if again == "fill" or _MADE in rows.columns:
            older = f"{there[:-1]} and target.{_MADE} > {_SOURCE}.{_MADE})"
            filled = sql_files("fills").get(table, f"select * from {_SOURCE} where not {older}")
            con.execute(f"create or replace temp table filled as {filled}")
            return _replace(con, table, key, "filled")
        return _replace(con, table, key, _SOURCE)
    finally:
        con.unregister(_SOURCE)


def _replace(con: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], source: str) -> int:
    gone = con.execute(f"delete from {table} as target using {source} where {_same(key, source)}").fetchone()
    con.execute(f"insert into {table} by name select * from {source}")
    return int(gone[0]) if gone else 0


def _same(key: Sequence[str], source: str) -> str:
    return " and ".join(f"target.{column} is not distinct from {source}.{column}" for column in key)

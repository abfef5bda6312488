"""Questions people ask: named queries and free SQL, both on the published copy, read-only."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from itertools import count, takewhile
from typing import Any

import duckdb
import polars as pl

from warehouse.connect import published
from warehouse.errors import UserError, unknown_name
from warehouse.lake import as_of, lake_reason
from warehouse.migrate import sql_files

LIMIT_S = 60.0
_REFUSED = ("read-only", "configuration has been locked")
_SWITCH = re.compile(
    r"\b(enable_(?:logging|profiling))\s*(?:\(|$)", re.IGNORECASE
)  # a log that cannot be written aborts
_PLAIN = {
    "boolean",
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "utinyint",
    "usmallint",
    "uinteger",
    "ubigint",
    "float",
    "double",
    "decimal",
    "varchar",
}
_READ: dict[str, Callable[[pl.Series], pl.Series]] = {
    "hugeint": lambda text: text.str.to_integer(strict=False),
    "date": lambda text: text.str.to_date("%Y-%m-%d", strict=False),
    "timestamp": lambda text: text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False),
}


def named_queries() -> dict[str, str]:
    """Name → what it answers (the comment that the SQL file begins with)."""
    return {name: _opening(text) for name, text in sql_files("queries").items()}


def _opening(sql: str) -> str:
    comment = takewhile(lambda line: line.startswith("--"), sql.splitlines())
    return " ".join(line.removeprefix("--").strip() for line in comment)


def run_named(name: str, moment: datetime | None = None, profile: str | None = None) -> pl.DataFrame:
    """Rows of a named query; the same time limit as for any other SQL.

    Args:
        name: of the query.
        moment: of a lake itself as it was then, instead of the published copy.
        profile: whose runs are meant, where a query is about runs; None: everybody's.

    Raises:
        UserError: no such query, or no run of the profile: the message lists them; or the warehouse is no lake, or is
            younger.
    """
    queries = sql_files("queries")
    if name not in queries:
        raise unknown_name("query", name, queries)
    opened = published() if moment is None else as_of(moment)
    return _rows(queries[name], LIMIT_S, opened if profile is None else _of(profile, opened))


@contextmanager
def _of(profile: str, opened: AbstractContextManager[duckdb.DuckDBPyConnection]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection, in which named queries are of a profile: by two variables of DuckDB, `profile` and `recency`."""
    with opened as con:
        known = [name for (name,) in con.sql("select distinct profile from run order by profile").fetchall()]
        if profile not in known:
            there = ", ".join(known) or "none"
            raise UserError(f"no run of profile '{profile}' is published; there are runs of: {there}")
        [(last,)] = con.execute(sql_files("reads")["evaluation_recency"], {"profile": profile}).fetchall()
        con.execute("set variable profile = $profile", {"profile": profile})
        con.execute("set variable recency = $recency", {"recency": last})
        yield con


def run_sql(sql: str, limit_s: float = LIMIT_S) -> pl.DataFrame:
    """Rows of any read-only SQL; a write, a file access or a changed setting is refused.

    Numbers, text, truth values, times of the calendar, and lists and structs of these keep their type; everything else
    (intervals, unions, maps, bits, ...) is DuckDB's own text of it.

    Args:
        sql: one statement; of several, the rows of the last.
        limit_s: seconds it may take.

    Raises:
        UserError: the statement writes, touches files, takes too long, or is not valid SQL; or no such limit can be.
    """
    if not sql.strip("; \t\n"):
        raise UserError('there is no statement; give one, such as "from dataset"')
    if not 0 < limit_s <= threading.TIMEOUT_MAX:
        raise UserError(f"a time limit of {limit_s:g} s cannot be; --timeout is a number of seconds above 0")
    if switch := _SWITCH.search(sql):
        raise UserError(f"the published copy is read-only: {switch[1]} is not a question")
    return _rows(sql, limit_s, published())


def _rows(sql: str, limit_s: float, opened: AbstractContextManager[duckdb.DuckDBPyConnection]) -> pl.DataFrame:
    with opened as con, _time_limit(con, limit_s) as late:
        try:
            relation = con.sql(sql)
            return pl.DataFrame() if relation is None else _frame(relation)
        except Exception as error:  # internal errors of DuckDB are not all of its own class
            if late.is_set():
                raise UserError(
                    f"the query took longer than {limit_s:g} s; ask for less, or give it longer with --timeout"
                ) from error
            reason = lake_reason(error)
            refused = isinstance(error, duckdb.PermissionException) or any(sign in reason for sign in _REFUSED)
            raise UserError(
                f"{'the published copy is read-only' if refused else 'the query failed'}: {reason}"
            ) from error


@contextmanager
def _time_limit(con: duckdb.DuckDBPyConnection, limit_s: float) -> Iterator[threading.Event]:
    """Interrupt what the connection does after so many seconds; the event says that it came to that."""
    late = threading.Event()

    def interrupt() -> None:
        late.set()
        con.interrupt()

    timer = threading.Timer(limit_s, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        timer.join()


def _frame(relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Rows, with text where polars has no such type, or not all of its values."""
    types = relation.types
    wanted = [f"#{at}" if _plain(type_) else f"cast(#{at} as varchar)" for at, type_ in enumerate(types, 1)]
    rows = relation.project(", ".join(wanted)).pl() if wanted else pl.DataFrame()
    columns = [_read_back(column, str(type_.id)) for column, type_ in zip(rows.get_columns(), types, strict=True)]
    return pl.DataFrame([column.alias(name) for column, name in zip(columns, _unique(relation.columns), strict=True)])


def _plain(type_: Any) -> bool:
    if type_.id in ("list", "array"):
        return _plain(type_.children[0][1])
    if type_.id == "struct":
        return all(name and _plain(child) for name, child in type_.children)
    return type_.id in _PLAIN


def _read_back(column: pl.Series, kind: str) -> pl.Series:
    """Text of a type that polars has, as that type where it has room for every value (there is no infinite date)."""
    if kind not in _READ:
        return column
    read = _READ[kind](column)
    return read if read.null_count() == column.null_count() else column


def _unique(names: Sequence[str]) -> list[str]:
    """Names, those that come again with a number."""
    found: dict[str, None] = {}
    for name in names:
        again = (f"{name}_{number}" for number in count(2))
        found[name if name not in found else next(other for other in again if other not in found)] = None
    return list(found)

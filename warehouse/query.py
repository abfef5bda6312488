"""Questions people ask: named queries and free SQL, both on the published copy, read-only."""

import duckdb
import polars as pl

from warehouse.connect import published
from warehouse.errors import UserError, unknown_name
from warehouse.migrate import sql_files


def named_queries() -> dict[str, str]:
    """Name → what it answers (the SQL file's first line)."""
    return {name: text.splitlines()[0].removeprefix("--").strip() for name, text in sql_files("queries").items()}


def run_named(name: str) -> pl.DataFrame:
    """Rows of a named query.

    Raises:
        UserError: no such query; the message lists them.
    """
    queries = sql_files("queries")
    if name not in queries:
        raise unknown_name("query", name, queries)
    return run_sql(queries[name])


def run_sql(sql: str) -> pl.DataFrame:
    """Rows of any read-only SQL; a write or a file access is refused.

    Raises:
        UserError: the statement writes, touches files, or is not valid SQL.
    """
    with published() as con:
        try:
            relation = con.sql(sql)
            return pl.DataFrame() if relation is None else relation.pl()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            refused = isinstance(error, duckdb.PermissionException) or "read-only" in reason
            raise UserError(
                f"{'the published copy is read-only' if refused else 'the query failed'}: {reason}"
            ) from error

"""Bring a warehouse to today's schema: numbered migrations once, views whenever their SQL changed."""

import hashlib
import re
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files

import duckdb

from warehouse.errors import UserError

LEDGER = """-- one row per migration that was applied
create table if not exists migration (
    name text not null, -- file name; 'views' stands for all views
    checksum text not null, -- of its SQL
    applied_at timestamp not null default current_timestamp -- UTC
)
"""


@cache
def sql_files(folder: str) -> dict[str, str]:
    """Name (without .sql) → text of every SQL file in a folder of this package, in name order."""
    entries = [entry for entry in (files("warehouse") / folder).iterdir() if entry.name.endswith(".sql")]
    return {entry.name.removesuffix(".sql"): entry.read_text() for entry in sorted(entries, key=lambda e: e.name)}


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def migrate(con: duckdb.DuckDBPyConnection) -> None:
    """Apply what is missing, each migration in its own transaction.

    Raises:
        UserError: an applied migration was edited afterwards, or the file is newer than this code.
    """
    con.execute(LEDGER)
    applied = dict(con.execute("select name, checksum from migration").fetchall())
    migrations = sql_files("migrations")
    unknown = sorted(set(applied) - set(migrations) - {"views"})
    if unknown:
        raise UserError(f"the warehouse has migrations this version does not know ({unknown[0]}); upgrade concertino")
    for name, text in migrations.items():
        if name not in applied:
            _apply(con, name, [text], text)
        elif applied[name] != _checksum(text):
            raise UserError(f"migration {name} was changed after it was applied; restore it and add a new migration")
    create_views(con, applied.get("views"))


def create_views(con: duckdb.DuckDBPyConnection, applied_checksum: str | None = None) -> None:
    """(Re-)create staging and mart views unless `applied_checksum` says they are current."""
    views = sql_files("staging") | sql_files("marts")
    text = "".join(views.values())
    if _checksum(text) != applied_checksum:
        _apply(con, "views", _in_order(views), text)


def _in_order(views: dict[str, str]) -> list[str]:
    """View statements, each after those it names."""
    code = {name: re.sub(r"--.*", "", text) for name, text in views.items()}
    words = {name: set(re.findall(r"\w+", text)) & (set(views) - {name}) for name, text in code.items()}
    return [views[name] for name in TopologicalSorter(words).static_order()]


def _apply(con: duckdb.DuckDBPyConnection, name: str, statements: list[str], text: str) -> None:
    con.begin()
    try:
        for statement in statements:
            con.execute(statement)
        con.execute("delete from migration where name = $name", {"name": name})
        con.execute(
            "insert into migration (name, checksum) values ($name, $sum)", {"name": name, "sum": _checksum(text)}
        )
        con.commit()
    except BaseException:
        con.rollback()
        raise

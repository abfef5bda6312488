"""Bring a warehouse to today's schema: numbered migrations once, views whenever their SQL changed."""

import hashlib
import re
from contextlib import suppress
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path

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
    return {
        entry.name.removesuffix(".sql"): entry.read_text(encoding="utf-8")
        for entry in sorted(entries, key=lambda e: e.name)
    }


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def migrate(con: duckdb.DuckDBPyConnection) -> None:
    """Apply what is missing: to a new warehouse in one transaction, later each migration in its own.

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
        if applied.get(name, _checksum(text)) != _checksum(text):
            raise UserError(f"migration {name} was changed after it was applied; restore it and add a new migration")
    missing = {name: text for name, text in migrations.items() if name not in applied}
    for together in [{name: text} for name, text in missing.items()] if applied else [missing]:
        _apply(con, together, list(together.values()))
    create_views(con, applied.get("views"))


def create_views(con: duckdb.DuckDBPyConnection, applied_checksum: str | None = None) -> None:
    """(Re-)create staging and mart views unless `applied_checksum` says they are current."""
    views = sql_files("staging") | sql_files("marts")
    text = "".join(views.values())
    if _checksum(text) != applied_checksum:
        _apply(con, {"views": text}, _in_order(views))


def _in_order(views: dict[str, str]) -> list[str]:
    """View statements, each after those it names."""
    code = {name: re.sub(r"--.*", "", text) for name, text in views.items()}
    words = {name: set(re.findall(r"\w+", text)) & (set(views) - {name}) for name, text in code.items()}
    return [views[name] for name in TopologicalSorter(words).static_order()]


def _apply(con: duckdb.DuckDBPyConnection, texts: dict[str, str], statements: list[str]) -> None:
    """Execute statements and note them in the ledger under their names, in one transaction."""
    con.begin()
    try:
        for statement in statements:
            con.execute(statement)
        con.execute("delete from migration where name in $names", {"names": list(texts)})
        con.execute(
            "insert into migration (name, checksum) select unnest($names), unnest($sums)",
            {"names": list(texts), "sums": [_checksum(text) for text in texts.values()]},
        )
        con.commit()
    except BaseException:
        with suppress(duckdb.Error):  # a commit that failed has ended it, and so has a lake's session that is gone
            con.rollback()
        raise


def literal(value: Path | str) -> str:
    """A text as SQL has it, for statements that take no parameter: attach, load, comment on."""
    return "'" + str(value).replace("'", "''") + "'"

"""What tables, views and columns mean: read from the SQL itself, for docs/schema.md and for the published copy."""

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import duckdb
import yaml

from warehouse.migrate import LEDGER, literal, sql_files

_COLUMNS = (
    "select table_name, column_name, lower(data_type) || if(is_nullable = 'YES', '', ', not null') "
    "from information_schema.columns where table_schema = 'main' order by table_name, ordinal_position"
)


class Column(NamedTuple):
    """A column: its name, its type in words, what it means."""

    name: str
    kind: str
    comment: str


class Relation(NamedTuple):
    """A table or view: what one row of it is, and its columns in order."""

    grain: str
    columns: list[Column]


def relations(con: duckdb.DuckDBPyConnection, texts: dict[str, str]) -> dict[str, Relation]:
    """Name → relation, for those of a database that `texts` (name → SQL) describe.

    A column's meaning is its own entry in comments.yaml (migrations are never edited), else the comment at the end of
    its line, else its name's entry.
    """
    columns: dict[str, list[Column]] = {name: [] for name in texts}
    own = {name: _own_comments(text) for name, text in texts.items()}
    for table, name, kind in con.execute(_COLUMNS).fetchall():
        if table in columns:
            usual = _usual_comments()
            comment = usual.get(f"{table}.{name}") or own[table].get(name) or usual.get(name, "")
            columns[table].append(Column(name, kind, comment))
    # a table that a later migration drops has none
    return {name: Relation(_grain(text), columns[name]) for name, text in texts.items() if columns[name]}


def comment_on(con: duckdb.DuckDBPyConnection) -> None:
    """Store what every table, view and column means in a database, where its clients show it."""
    views = sql_files("marts") | sql_files("staging")
    for name, relation in relations(con, tables() | views).items():
        con.execute(f"comment on {'view' if name in views else 'table'} {name} is {literal(relation.grain)}")
        for column in relation.columns:
            con.execute(f"comment on column {name}.{column.name} is {literal(column.comment)}")


def tables() -> dict[str, str]:
    """Table → the migrations about it, in order."""
    texts = {"migration": LEDGER}
    for text in sql_files("migrations").values():
        for table in re.findall(r"^(?:create|alter) table (\w+)", text, re.MULTILINE):
            texts[table] = texts.get(table, "") + text
    return texts


@cache
def _usual_comments() -> dict[str, str]:
    return dict(yaml.safe_load((files("warehouse") / "comments.yaml").read_bytes()))


def _grain(text: str) -> str:
    grain = text.splitlines()[0].removeprefix("--").strip()
    return f"{grain[0].upper()}{grain[1:]}."


def _own_comments(text: str) -> dict[str, str]:
    """Column → the comment at the end of its line."""
    if "create or replace view" in text:
        text = text[text.rfind("\nselect") :]
    found = (re.match(r"\s*(.+?),?\s+-- (.+)$", line) for line in text.splitlines()[1:])
    return {_column(match[1]): match[2] for match in found if match}


def _column(definition: str) -> str:
    """Name of the column that a line of SQL defines: what follows `as` or `add column`, else its first name."""
    named = re.search(r"\b(?:as|add column) (\w+)", definition) or re.match(r"(?:\w+\.)?(\w+)", definition)
    return named[1] if named else ""

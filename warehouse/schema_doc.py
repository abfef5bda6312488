"""Write docs/schema.md from the SQL itself: tables and views with their grain, columns, types and comments.

Run as `python -m warehouse.schema_doc`.
"""

import re
from pathlib import Path

import duckdb

from warehouse.migrate import migrate, sql_files

DOCUMENT = Path(__file__).parents[1] / "docs" / "schema.md"

_HEAD = """# Schema of the warehouse

Written by `python -m warehouse.schema_doc` from `warehouse/migrations`, `warehouse/staging` and `warehouse/marts`; do
not edit. `concertino sql` and `concertino queries` read a published copy that has all of these tables and views.
Missing is null, never 0. Times are UTC.
"""
_KINDS = {
    "Marts": "Views that answer what people ask; start here.",
    "Staging": "Views that marts share.",
    "Tables": "What the stages write.",
}


def render() -> str:
    """The document."""
    with duckdb.connect() as con:
        migrate(con)
        columns = con.execute(
            "select table_name, column_name, lower(data_type) || if(is_nullable = 'YES', '', ', not null') "
            "from information_schema.columns where table_schema = 'main' order by table_name, ordinal_position"
        ).fetchall()
    parts = [_HEAD]
    for kind, texts in (
        ("Marts", sql_files("marts")),
        ("Staging", sql_files("staging")),
        ("Tables", _migrations()),
    ):
        parts.append(f"## {kind}\n\n{_KINDS[kind]}\n")
        parts += [
            _section(name, text, [c[1:] for c in columns if c[0] == name]) for name, text in sorted(texts.items())
        ]
    return "\n".join(parts)


def _migrations() -> dict[str, str]:
    """Table → the migrations about it, in order."""
    texts: dict[str, str] = {}
    for text in sql_files("migrations").values():
        for table in re.findall(r"^(?:create|alter) table (\w+)", text, re.MULTILINE):
            texts[table] = texts.get(table, "") + text
    return texts


def _section(name: str, text: str, columns: list[tuple[str, str]]) -> str:
    grain = text.splitlines()[0].removeprefix("--").strip()
    comments = _comments(text[text.rfind("\nselect") :] if "create or replace view" in text else text)
    lines = [f"| {column} | {kind} | {comments.get(column, '')} |" for column, kind in columns]
    head = [f"### {name}\n", f"{grain[0].upper()}{grain[1:]}.\n", "| column | type | |", "| --- | --- | --- |"]
    return "\n".join([*head, *lines, ""])


def _comments(text: str) -> dict[str, str]:
    """Column → the comment at the end of its line."""
    found = (re.match(r"\s*(.+?),?\s+-- (.+)$", line) for line in text.splitlines()[1:])
    return {_column(match[1]): match[2].replace("|", "\\|") for match in found if match}


def _column(definition: str) -> str:
    """Name of the column that a line of SQL defines: what follows `as` or `add column`, else its first name."""
    named = re.search(r"\b(?:as|add column) (\w+)", definition) or re.match(r"(?:\w+\.)?(\w+)", definition)
    return named[1] if named else ""


if __name__ == "__main__":
    DOCUMENT.write_text(render())

"""Write docs/schema.md from the SQL itself: tables and views with their grain, columns, types and comments.

Run as `python -m warehouse.schema_doc`.
"""

from pathlib import Path

import duckdb

from warehouse.comments import Relation, relations, tables
from warehouse.migrate import migrate, sql_files

DOCUMENT = Path(__file__).parents[1] / "docs" / "schema.md"

_HEAD = """# Schema of the warehouse

Written by `python -m warehouse.schema_doc` from `warehouse/migrations`, `warehouse/staging`, `warehouse/marts` and
`warehouse/comments.yaml`; do not edit. `concertino sql` and `concertino queries` read a published copy that has all of
these tables and views, with the same comments. Missing is null, never 0. Times are UTC.
"""
_KINDS = {
    "Marts": "Views that answer what people ask; start here.",
    "Staging": "Views that marts share.",
    "Tables": "What the stages write.",
}


def render() -> str:
    """The document."""
    parts = [_HEAD]
    with duckdb.connect() as con:
        migrate(con)
        for kind, texts in (("Marts", sql_files("marts")), ("Staging", sql_files("staging")), ("Tables", tables())):
            parts.append(f"## {kind}\n\n{_KINDS[kind]}\n")
            parts += [_section(name, relation) for name, relation in sorted(relations(con, texts).items())]
    return "\n".join(parts)


def _section(name: str, relation: Relation) -> str:
    lines = [f"| {one.name} | {one.kind} | {_cell(one.comment)} |" for one in relation.columns]
    return "\n".join([f"### {name}\n", f"{relation.grain}\n", "| column | type | |", "| --- | --- | --- |", *lines, ""])


def _cell(text: str) -> str:
    """Text inside a Markdown table."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")

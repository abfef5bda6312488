"""Rows for tests: name only the columns that matter, the rest gets harmless values."""

from datetime import date, datetime
from functools import cache
from typing import Any

import duckdb
import polars as pl

from warehouse.migrate import migrate
from warehouse.writer import land, load_landing

MOMENT = datetime(2026, 11, 23, 2, 30)
_DEFAULTS: dict[str, Any] = {
    "VARCHAR": "",
    "JSON": "{}",
    "BOOLEAN": False,
    "INTEGER": 0,
    "BIGINT": 0,
    "DOUBLE": 0.0,
    "DATE": date(2026, 11, 1),
    "TIMESTAMP": MOMENT,
    "INTEGER[]": [0],
    "FLOAT[]": [1.0],
    "DOUBLE[]": [1.0],
    "VARCHAR[]": [],
}


@cache
def _required() -> dict[str, dict[str, Any]]:
    """Table → column that may not be null → its harmless value."""
    with duckdb.connect() as con:
        migrate(con)
        columns = con.execute(
            "select table_name, column_name, data_type from information_schema.columns where is_nullable = 'NO'"
        ).fetchall()
    required: dict[str, dict[str, Any]] = {}
    for table, column, kind in columns:
        required.setdefault(table, {})[column] = _DEFAULTS[kind]
    return required


def fill(**tables: list[dict[str, Any]]) -> None:
    """Land and load rows, given as table=[{column: value}, ...]."""
    for table, rows in tables.items():
        names = dict.fromkeys(name for row in rows for name in row)
        whole = [dict.fromkeys(names) | _required()[table] | row for row in rows]
        land(table, pl.DataFrame(whole, infer_schema_length=None))
    load_landing()


def questions(*ids: str, dataset: str = "d", **columns: Any) -> list[dict[str, Any]]:
    """Rows of `question`, each with a text and a content of its own."""
    return [
        {
            "question_id": key,
            "dataset": dataset,
            "variant": "test",
            "source_key": key,
            "text": f"What is {key}?",
            "content_hash": f"content {key}",
            **columns,
        }
        for key in ids
    ]


def response(key: str, question: str, model: str = "m1", **columns: Any) -> dict[str, Any]:
    """A row of `response`: a live answer with tokens."""
    return {
        "response_id": key,
        "question_id": question,
        "model": model,
        "purpose": "answer",
        "source": "live",
        "text": f"text {key}",
        "text_hash": f"hash {key}",
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "created_at": MOMENT,
        **columns,
    }


def score(key: str, value: float | None, mode: str = "fixed", **columns: Any) -> dict[str, Any]:
    """A row of `score`."""
    verdict = {None: "unjudged", 1.0: "correct", 0.0: "wrong"}.get(value, "partial")
    return {
        "response_id": key,
        "scorer": "exact",
        "scorer_version": "1",
        "mode": mode,
        "score": value,
        "verdict": verdict,
        "scored_at": MOMENT,
        **columns,
    }

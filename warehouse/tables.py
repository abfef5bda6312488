"""The tables the loader may write: their keys and what happens when a key comes again."""

from dataclasses import dataclass
from typing import Literal

import duckdb


@dataclass(frozen=True, slots=True)
class Table:
    """A table's key and its rule for a key that comes again.

    `keep`: the first row stays. `replace`: the last row wins, unless it was made (`created_at`) before the one that is
    there. `fill`: the statement in `warehouse/fills` says which rows win, and what they take over from those that were
    there.
    """

    key: tuple[str, ...]
    again: Literal["keep", "replace", "fill"]


TABLES: dict[str, Table] = {
    "ingest_file": Table(("path", "source", "options_hash"), "replace"),
    "dataset": Table(("dataset", "variant"), "replace"),
    "question": Table(("question_id",), "fill"),
    "model": Table(("model",), "replace"),
    "price": Table(("pool", "model", "price_date", "source"), "replace"),
    "call": Table(("call_id",), "fill"),
    "unasked": Table(("run_id", "request_key"), "replace"),
    "response": Table(("question_id", "model", "purpose", "sample_index", "source", "request_key"), "fill"),
    "score": Table(("response_id", "scorer", "scorer_version", "mode"), "replace"),
    "label": Table(("question_id", "model", "provenance"), "replace"),
    "split": Table(("split_id", "question_id"), "replace"),
    "split_spec": Table(("split_id",), "keep"),
    "run_split": Table(("run_id", "seed"), "keep"),
    "embedding": Table(("embedder", "text_hash"), "keep"),
    "bank": Table(("bank_id",), "replace"),
    "bank_item": Table(("bank_id", "question_id"), "replace"),
    "fitted_vote": Table(("fit_id",), "keep"),
    "bank_label": Table(("bank_id", "question_id", "model"), "replace"),
    "collaboration": Table(("run_id", "preset", "split_id", "question_id"), "replace"),
    "candidate": Table(("collaboration_id", "candidate_index"), "replace"),
    "system": Table(("run_id", "system"), "replace"),
    "snapshot": Table(("snapshot_id",), "keep"),
    "policy": Table(("policy_id",), "keep"),
    "run_policy": Table(("run_id", "policy_id", "system", "point", "created_at"), "replace"),
    "route": Table(("policy_id", "point", "question_id"), "replace"),
    "evaluation": Table(("run_id",), "replace"),
    "gap": Table(("run_id", "kind", "name"), "replace"),
    "metric": Table(("run_id", "system", "dataset", "metric"), "replace"),
    "comparison": Table(("run_id", "system", "baseline"), "replace"),
    "outcome": Table(("run_id", "system", "question_id"), "replace"),
    "ablation": Table(("run_id", "study", "setting", "series", "dataset"), "replace"),
    "decision": Table(("run_id", "system"), "replace"),
    "model_change": Table(("run_id", "model"), "replace"),
    "flip": Table(("run_id", "system", "question_id"), "replace"),
    "baseline": Table(("profile",), "replace"),
    "run": Table(("run_id",), "replace"),
    "lineage": Table(("run_id", "stage"), "replace"),
    "dq_result": Table(("run_id", "gate", "table_name", "expectation"), "replace"),
    "quarantine": Table(("quarantine_id",), "replace"),
}


def table_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """All tables of the database that a connection uses, the loader's own included, from A to Z."""
    found = con.execute("select table_name from duckdb_tables() where database_name = current_database() order by all")
    return [name for (name,) in found.fetchall()]

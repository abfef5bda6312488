"""Decisions as they were recorded."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from tasks.measure.accuracy import Difference
from tasks.measure.decision import Decision, Judgement
from tasks.measure.freshness import Freshness
from tasks.measure.model_change import ModelChange
from warehouse.connect import rows


def load_decision(run_id: str) -> Decision | None:
    """The decision on a run; None where none was made."""
    found = rows("run_decision", run=run_id)
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    flips = rows("run_flip", run=run_id, system=row["system"])
    models = rows("run_model_change", run=run_id)
    judgement = Judgement(row["verdict"], row["reason"], _difference(row), row["cost_change"], flips)
    return Decision(
        run_id,
        row["profile"],
        row["baseline_run_id"],
        row["system"],
        judgement,
        freshness_of(row),
        tuple(_of(ModelChange, one) for one in models.iter_rows(named=True)),
    )


def freshness_of(row: dict[str, Any]) -> Freshness:
    """How old the answers were, by a row of `decision`; unknown counts are of the time before they were kept."""
    failed = dict(rows("run_unanswered", run=row["run_id"]).iter_rows()) if row["n_failed"] else {}
    moment: datetime = row["created_at"]
    return Freshness(row["n_new"] or 0, row["n_reused"] or 0, row["oldest_at"], failed, moment)


def _difference(row: dict[str, Any]) -> Difference | None:
    return None if row["difference"] is None else _of(Difference, row)


def _of(kind: Any, row: dict[str, Any]) -> Any:
    return kind(**{field.name: row[field.name] for field in fields(kind)})

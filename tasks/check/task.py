"""The gate after a stage: what it found is kept and shown, a critical failure stops the flow."""

import json
from collections.abc import Sequence

import polars as pl

from tasks.check.runner import Outcome, run_suite
from tasks.check.suite import suite_of
from tasks.recorded.task import create_table_artifact, task
from warehouse.errors import ContractViolation
from warehouse.identity import hash_parts
from warehouse.writer import land, load_landing, now

_SHOWN = 100


@task(name="gate", task_run_name="gate-{stage_name}")
def gate(stage_name: str, run_id: str, datasets: list[str]) -> None:
    """Check what a stage left in the warehouse.

    Args:
        stage_name: the stage, such as "ingest".
        run_id: the run it belongs to.
        datasets: globs over dataset names.

    Raises:
        ContractViolation: a critical expectation failed; the offending rows are named in `quarantine`.
    """
    outcomes = run_suite(suite_of(stage_name), run_id, datasets)
    broken = [outcome for outcome in outcomes if outcome.critical]
    _keep(stage_name, run_id, outcomes, broken)
    _show(stage_name, outcomes)
    if broken:
        more = f"; {len(broken) - 1} more critical failures are in dq_result" if len(broken) > 1 else ""
        raise ContractViolation(f"the gate after {stage_name} is shut: {broken[0]}{more}")


def _keep(stage: str, run_id: str, outcomes: Sequence[Outcome], broken: Sequence[Outcome]) -> None:
    results = [
        {
            "run_id": run_id,
            "gate": stage,
            "table_name": outcome.table,
            "expectation": outcome.expectation.name,
            "severity": outcome.expectation.severity,
            "success": outcome.success,
            "observed": outcome.observed,
            "n_checked": outcome.n_checked,
            "n_unexpected": outcome.n_unexpected,
            "checked_at": now(),
        }
        for outcome in outcomes
    ]
    land("dq_result", pl.DataFrame(results, schema_overrides={"observed": pl.String}))
    rejected = [
        {
            "quarantine_id": hash_parts(stage, outcome.table, outcome.expectation.name, key),
            "run_id": run_id,
            "table_name": outcome.table,
            "source": f"gate {stage}",
            "row_key": key,
            "reason": outcome.expectation.name,
            "payload": json.dumps({outcome.expectation.column: value}),
            "quarantined_at": now(),
        }
        for outcome in broken
        for key, value in zip(outcome.keys, outcome.values, strict=True)
    ]
    land("quarantine", pl.DataFrame(rejected))
    load_landing(("dq_result", "quarantine"))


def _show(stage: str, outcomes: Sequence[Outcome]) -> None:
    failed_first = sorted(outcomes, key=lambda outcome: (outcome.success, outcome.expectation.severity))
    create_table_artifact(
        key=f"dq-{stage}",
        description=f"Data quality after {stage}: {sum(o.success for o in outcomes)} of {len(outcomes)} hold",
        table=[
            {
                "table": outcome.table,
                "expectation": outcome.expectation.name,
                "severity": outcome.expectation.severity,
                "holds": outcome.success,
                "rows": outcome.n_checked,
                "unexpected": outcome.n_unexpected,
                "observed": outcome.observed or "",
            }
            for outcome in failed_first[:_SHOWN]
        ],
    )

"""Compare routers, collaboration and null baselines on the same test questions."""

from typing import Any

import flows.environment  # noqa: F401
from flows.form import form, run_name
from flows.params import EvaluateParams
from flows.stage import stage
from tasks.check.task import gate
from tasks.measure.result import load_result
from tasks.measure.task import measure_systems
from tasks.recorded.task import flow
from tasks.route.task import route_questions, snapshot_outcomes


@flow(name="evaluate", flow_run_name=run_name)
@form(EvaluateParams)
def evaluate(params: EvaluateParams) -> dict[str, Any]:
    """Freeze the outcome matrix, fit the routers on the train part, measure every system on the test part.

    What was asked for and cannot be shown is named under `missing`.
    """
    with stage("evaluate", params) as s:
        snapshot_id = snapshot_outcomes(s.run_id, s.run, s.pool)
        routed = route_questions(s.run_id, s.run, snapshot_id, params.routers or s.run.routers)
        asked = {} if params.resamples is None else {"resamples": params.resamples}
        statistics = s.run.statistics.model_copy(update=asked)
        measure_systems(s.run_id, s.run, s.pool, snapshot_id, routed, statistics)
        s.output_hash = snapshot_id
        s.load()
        gate("evaluate", s.run_id, s.run.datasets)
    return {**s.rows, "missing": load_result(s.run_id).told_gaps()}

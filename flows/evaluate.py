"""Compare routers, collaboration and null baselines on the same test questions."""

from typing import Any

import flows.environment  # noqa: F401
from flows.form import form, run_name
from flows.params import EvaluateParams
from flows.stage import stage
from profiles.load import load_run
from tasks.check.task import gate
from tasks.measure.result import load_result
from tasks.measure.routed import routed_run
from tasks.measure.task import measure_systems
from tasks.recorded.task import flow
from tasks.route.task import route_questions, snapshot_outcomes


@flow(name="evaluate", flow_run_name=run_name)
@form(EvaluateParams)
def evaluate(params: EvaluateParams) -> dict[str, Any]:
    """Freeze the outcome matrix, fit the routers on the train part, measure every system on the test part.

    What was asked for and cannot be shown is named under `missing`.
    """
    if params.only == "measure" and params.run_id is None:
        params = params.model_copy(update={"run_id": routed_run(load_run(params.profile).name)})
    with stage("evaluate", params) as s:
        if params.only != "measure":
            s.output_hash = snapshot_outcomes(s.run_id, s.run, s.pool)
            route_questions(s.run_id, s.run, s.pool, s.output_hash, params.routers or s.run.routers)
            s.load()
        if params.only == "route":
            return {**s.rows, "missing": []}
        asked = {} if params.resamples is None else {"resamples": params.resamples}
        s.output_hash = measure_systems(s.run_id, s.run, s.pool, s.run.statistics.model_copy(update=asked))
        s.load()
        gate("evaluate", s.run_id, s.run.datasets)
    return {**s.rows, "run": s.run_id, "missing": load_result(s.run_id).told_gaps()}

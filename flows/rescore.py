"""Choose again among a finished run's candidates, with other coefficients and without a model call."""

from typing import Any

import flows.environment  # noqa: F401
from flows.form import form, run_name
from flows.params import RescoreParams
from flows.stage import stage
from profiles.load import load_pool, load_run
from tasks.check.task import gate
from tasks.collaborate.rescore import rescored_run
from tasks.collaborate.task import report_rescored, rescore_run
from tasks.recorded.task import flow


@flow(name="rescore", flow_run_name=run_name)
@form(RescoreParams)
def rescore(params: RescoreParams) -> list[dict[str, Any]]:
    """Apply other coefficients of the posterior to answers that are there; what is not there is not asked for."""
    source = rescored_run(params.run_id, params.profile, load_pool(params.pool or load_run(params.profile).pool))
    with stage("rescore", params.model_copy(update={"run_id": source})) as s:
        labels = rescore_run(s.run_id, s.run, s.pool, params.presets, params.changes)
        s.load()
        gate("collaborate", s.run_id, s.run.datasets)
        return report_rescored(s.run_id, s.run, labels)

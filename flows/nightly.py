"""All stages, the verdict against the pinned baseline run, the report and the message."""

import flows.environment  # noqa: F401
from flows.ending import decided
from flows.form import form, run_name
from flows.params import NightlyParams, RunParams
from flows.publish import publish
from flows.run import stages_before_publish
from flows.stage import stage
from tasks.measure.task import decide_run, show_decision
from tasks.recorded.task import flow
from tasks.report.task import send_verdict
from warehouse.runs import refuse_unknown_run


@flow(name="nightly", flow_run_name=run_name)
@form(NightlyParams)
def nightly(params: NightlyParams) -> str:
    """Run everything, then promote, hold, regress, nothing new or refused against the baseline; the run's id.

    The first nightly of a profile with a scored question pins itself as the baseline.
    """
    if params.baseline:
        refuse_unknown_run(params.baseline)  # before a night is paid for
    with stage("nightly", params) as s:
        run = RunParams(profile=params.profile, pool=params.pool, budget_usd=params.budget_usd)
        stages_before_publish(s, run, refresh=True)
        least = s.run.statistics.minimum_effect if params.minimum_effect is None else params.minimum_effect
        decision = decide_run(s.run_id, s.run, params.baseline, least)
        s.load()
        show_decision(decision)
        publish(profile=params.profile, run_id=s.run_id)
        send_verdict(s.run_id)
    return decided(decision, s.message)

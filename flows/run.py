"""All stages of one run profile, in order."""

import flows.environment  # noqa: F401
from flows.bank import bank
from flows.collaborate import collaborate
from flows.collect import collect
from flows.ending import completed
from flows.evaluate import evaluate
from flows.form import form, run_name
from flows.ingest import ingest_readable
from flows.params import RunParams
from flows.publish import publish
from flows.score import score
from flows.stage import Stage, stage
from profiles.split import refuse_empty_parts
from tasks.measure.unscored import add_gaps, refuse_incomparable
from tasks.recorded.task import flow


def stages_before_publish(s: Stage, params: RunParams, *, refresh: bool = False) -> None:
    """Ingest to evaluate, as parts of one run; `refresh` asks known answers anew, as the profile says."""
    scope = {"profile": params.profile, "run_id": s.run_id}
    unread = ingest_readable(scope)
    refuse_empty_parts(s.run_id, s.run)  # before anybody is paid
    collect(**scope, pool=params.pool, budget_usd=params.budget_usd, refresh=refresh)
    score(**scope)
    refuse_incomparable(s.run, s.pool)  # before questions are embedded, and presets ask anybody
    bank(**scope, pool=params.pool)
    collaborate(**scope, pool=params.pool, budget_usd=params.budget_usd)
    evaluate(**scope, pool=params.pool)
    add_gaps(s.run_id, unread)
    s.load()


@flow(name="run", flow_run_name=run_name)
@form(RunParams)
def run(params: RunParams) -> str:
    """Ingest, collect, score, bank, collaborate, evaluate and publish one run profile; the run's id."""
    with stage("run", params) as s:
        stages_before_publish(s, params)
        publish(profile=params.profile, run_id=s.run_id)
    return completed(s.run_id, s.message)

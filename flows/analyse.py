"""Vary one part of the method at a time, and publish what each is worth on validation questions."""

from typing import Any

import flows.environment  # noqa: F401
from flows.collect import collect
from flows.form import form, run_name
from flows.ingest import ingest_readable
from flows.params import AnalyseParams
from flows.score import score
from flows.stage import stage
from tasks.analyse.task import analyse_on, anything_known, write_page
from tasks.collaborate.task import read_outcomes
from tasks.measure.coverage import Gap, told
from tasks.recorded.task import flow
from tasks.report.task import publish_copy


@flow(name="analyse", flow_run_name=run_name)
@form(AnalyseParams)
def analyse(params: AnalyseParams) -> dict[str, Any]:
    """Compute the studies that are not in the warehouse for the same answers, write the page, publish the copy.

    Answers that are not there yet are brought in first, as a run of the profile would.
    """
    with stage("analyse", params) as s:
        s.load()
        unread: list[Gap] = []
        if not anything_known(s.run, s.pool):
            scope = {"profile": params.profile, "run_id": s.run_id}
            unread = ingest_readable(scope)
            collect(**scope, pool=params.pool, budget_usd=params.budget_usd)
            score(**scope)
        plan = analyse_on(s.run_id, s.run, s.pool, read_outcomes(s.run, s.pool), params.studies, s.budget_usd)
        s.load()
        page, found = write_page(s.run_id, s.run, s.pool, plan)
        s.rows["ablation"] += len(found)
        publish_copy(s.run_id)
    return {
        "run": s.run_id,
        "page": str(page),
        "settings": found.to_dicts(),
        "not shown": plan.unshown,
        "missing": told(unread),
    }

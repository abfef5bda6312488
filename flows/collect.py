"""Ask the pool's models for the answers that are missing."""

from typing import Any

import flows.environment  # noqa: F401
from flows.ending import completed
from flows.form import form, run_name
from flows.params import CollectParams
from flows.stage import stage
from tasks.check.task import gate
from tasks.collect.plan import nothing_to_ask, questions_of
from tasks.collect.progress import Tally
from tasks.collect.task import collect_answers, estimate_answers, refresh_answers, report
from tasks.collect.trouble import unheard
from tasks.recorded.task import flow


@flow(name="collect", flow_run_name=run_name)
@form(CollectParams)
def collect(params: CollectParams) -> dict[str, Any]:
    """Ask every model of the pool every question once per sample, within the budget; a paid answer is never paid twice.

    Models that answered none of their requests are named under `missing`. A dry run returns the estimate per dataset
    and model instead, and asks nothing.
    """
    with stage("collect", params) as s:
        s.told = True
        if why := nothing_to_ask(s.run, s.pool, pool_chosen=params.pool is not None):
            report(why, Tally())
            return {**s.rows, "missing": []}
        questions = questions_of(s.run.datasets, params.limit, params.profile)
        if params.dry_run:
            return {"estimate": estimate_answers(questions, s.pool, s.run.datasets, samples=params.samples)}
        spend: Any = {"budget_usd": s.budget_usd, "concurrency": params.concurrency}
        try:
            collect_answers(
                s.run_id,
                questions,
                s.pool,
                s.run.datasets,
                samples=params.samples,
                retry_empty=params.retry_empty,
                **spend,
            )
            if params.refresh and s.run.refresh is not None:
                s.load()
                refresh_answers(s.run_id, questions, s.run, s.run.refresh, s.pool, **spend)
        finally:
            s.load()  # also what was paid for before a stop
        gate("collect", s.run_id, s.run.datasets)
        missing = [f"model {model}: {why}" for model, why in unheard(s.run_id).items()]
    return completed({**s.rows, "missing": missing}, s.message)

"""Judge every answer."""

from typing import Any

import flows.environment  # noqa: F401
from flows.form import form, run_name
from flows.params import ScoreParams
from flows.stage import stage
from tasks.check.task import gate
from tasks.judge.task import judge_answers
from tasks.measure.coverage import told
from tasks.measure.unscored import unjudged
from tasks.recorded.task import flow
from tasks.score.task import score_responses, show_scoring


@flow(name="score", flow_run_name=run_name)
@form(ScoreParams)
def score(params: ScoreParams) -> dict[str, Any]:
    """Give every response of the profile's datasets a verdict of the current scorer version.

    A failed extraction is a verdict of its own. Datasets without a scorer keep the verdicts they came with; those of
    which no answer has a verdict are named under `missing`.
    """
    with stage("score", params) as s:
        s.load()  # verdicts that an interrupted run landed are not made twice
        left_out = score_responses(s.run_id, s.run.datasets, rescore=params.rescore, mode=params.mode)
        judge_answers(s.run_id, s.run, s.pool, rescore=params.rescore, mode=params.mode)
        s.load()
        show_scoring(s.run, left_out)
        gate("score", s.run_id, s.run.datasets)
        missing = told(unjudged(s.run))
    return {**s.rows, "missing": missing}

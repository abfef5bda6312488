"""Prefect's side of judging: models grade what no rule can, asked through collect."""

from profiles.schema import Pool, RunProfile
from tasks.collect.plan import missing_of
from tasks.collect.task import ask
from tasks.judge.grading import grading_of, verdicts_of
from tasks.score.registry import Mode
from tasks.score.rows import by_model, items_of, questions_of, score_rows, waiting_responses
from warehouse.connect import rows
from warehouse.writer import land


def judge_answers(run_id: str, run: RunProfile, pool: Pool, *, rescore: bool = False, mode: Mode | None = None) -> None:
    """Let the judges that datasets name grade what has no current verdict, within the profile's budget.

    Raises:
        BudgetExceeded: everything paid for was kept; the next score stage goes on from there.
        UserError: a judge's model is not in the pool, or its options are wrong; nothing was asked.
    """
    waiting = waiting_responses(run.datasets, rescore=rescore, mode=mode)
    waiting = waiting.filter(by_model(waiting))
    if waiting.is_empty():
        return
    given = zip(items_of(waiting), questions_of(waiting), strict=True)
    gradings = [grading_of(*item, *question) for item, question in given]
    requests = [request for grading in gradings for request in grading.requests]
    missing = missing_of(pool, requests, run.datasets)
    questions = rows("question", datasets=run.datasets)
    try:
        ask(run_id, pool, questions, missing, len(requests), budget_usd=run.budget_usd)
    finally:
        for judged, verdicts in verdicts_of(pool, gradings):
            land("score", score_rows(run_id, judged, verdicts))

"""Some questions of a job, answered and landed."""

from profiles.outcomes import OutcomeMatrix
from tasks.collaborate.desk import Desk
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.panel import Panel
from tasks.collaborate.rows import collaboration_rows
from tasks.collaborate.work import Job
from warehouse.writer import land


def answer_batch(run_id: str, job: Job, panel: Panel, matrix: OutcomeMatrix, questions: range, desk: Desk) -> int:
    """Answer questions and land their rows; how many.

    Raises:
        BudgetExceeded: at the cap; everything paid for is landed.
    """
    found = desk.run(answer_questions(job.preset, panel, matrix, questions, desk.world(job.preset)))
    answers, candidates = collaboration_rows(run_id, job.label, panel, matrix, found)
    land("candidate", candidates)
    land("collaboration", answers)
    return len(found)

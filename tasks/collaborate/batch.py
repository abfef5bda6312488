"""Some questions of a job, answered and landed."""

from profiles.outcomes import OutcomeMatrix
from tasks.collaborate.batch_services import BatchServices
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.plan import Job
from tasks.collaborate.rows import collaboration_rows
from tasks.collaborate.selection import Selection
from warehouse.writer import land


def answer_batch(
    run_id: str, job: Job, selection: Selection, matrix: OutcomeMatrix, questions: range, batch: BatchServices
) -> int:
    """Answer questions and land their rows; how many.

    Raises:
        BudgetExceeded: at the cap; everything paid for is landed.
    """
    found = batch.run(answer_questions(job.preset, selection, matrix, questions, batch.services(job.preset)))
    answers, candidates = collaboration_rows(run_id, job.label, job.preset, selection, matrix, found)
    land("candidate", candidates)
    land("collaboration", answers)
    return len(found)

"""majority: plain vote of all models; and of the best few of the train part, which a preset must beat."""

import numpy as np

from profiles.outcomes import OutcomeMatrix
from tasks.measure.majority import plurality
from tasks.measure.settle import Decision
from tasks.route.ranking import ranked
from tasks.route.registry import baselines


@baselines.register("majority")
def majority(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray) -> Decision:
    """Plain vote of all models; see `top_vote`."""
    return top_vote(matrix, known, len(matrix.models))


def top_vote(matrix: OutcomeMatrix, known: np.ndarray, n: int) -> Decision:
    """Plain vote of the n models with the highest macro accuracy on the train questions, all of which are asked.

    Ties go to the answer that the best of them gave, and the winner is judged by the words of the best that gave it;
    without a vote the best one's answer stands.

    Args:
        matrix: what every model got.
        known: (Q,) the questions that the best are known from.
        n: models that vote.
    """
    top = ranked(matrix, known)[:n]
    winner = plurality(matrix.only([matrix.models[model] for model in top]))
    asked = np.zeros(matrix.score.shape, dtype=bool)
    asked[:, top] = True
    return Decision(top[np.maximum(winner, 0)], asked)

"""oracle: the best model of each question, known in hindsight."""

import numpy as np

from profiles.outcomes import OutcomeMatrix
from tasks.measure.settle import Decision, one_model
from tasks.route.registry import baselines


@baselines.register("oracle")
def oracle(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray) -> Decision:
    """Highest score, then lowest known cost, then first by name, whatever the pool's order."""
    score = np.where(np.isnan(matrix.score), -np.inf, matrix.score)
    cost = np.where(np.isnan(matrix.cost_usd), np.inf, matrix.cost_usd)
    named = np.broadcast_to(np.argsort(np.argsort(matrix.models)), score.shape)
    return one_model(np.lexsort((named, cost, -score), axis=1)[:, 0], len(matrix.models))

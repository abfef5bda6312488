"""cheapest: the model with the lowest mean cost on the train questions."""

import numpy as np

from profiles.outcomes import OutcomeMatrix
from tasks.measure.settle import Decision, one_model, weighted_means
from tasks.route.registry import baselines


@baselines.register("cheapest")
def cheapest(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray) -> Decision | None:
    """Always the same model; None when any model's cost is unknown."""
    if not known.any():
        return None
    costs = weighted_means(matrix.cost_usd[known])[0]
    if np.isnan(costs).any():
        return None
    return one_model(np.full(len(known), np.argmin(costs)), len(matrix.models))

"""best-single: the model with the highest macro accuracy on the train questions."""

import numpy as np

from profiles.outcomes import OutcomeMatrix
from tasks.measure.settle import Decision, one_model
from tasks.route.ranking import ranked
from tasks.route.registry import baselines


@baselines.register("best-single")
def best_single(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray) -> Decision:
    """Always the same model; ties go to the first of the pool, and only `measured` models are looked at."""
    return one_model(np.full(len(known), ranked(matrix, known)[0]), len(matrix.models))

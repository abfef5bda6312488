"""random: a model drawn uniformly for every question, as its expectation."""

import numpy as np

from profiles.outcomes import OutcomeMatrix
from tasks.measure.settle import DRAWN, Decision
from tasks.route.registry import baselines


@baselines.register("random")
def random(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray) -> Decision:
    """One of all models; scores are the mean over those with a verdict."""
    return Decision(np.full(len(known), DRAWN), np.ones(matrix.score.shape, dtype=bool))

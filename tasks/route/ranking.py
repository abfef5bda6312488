"""Models by what they are worth on the train part."""

import numpy as np

from profiles.outcomes import OutcomeMatrix
from tasks.measure.settle import mean_known
from tasks.route.contract import measured


def ranked(matrix: OutcomeMatrix, train: np.ndarray) -> np.ndarray:
    """(M,) models by falling macro accuracy on the train questions, those that answered too few of them last.

    Args:
        matrix: what every model got.
        train: (Q,) the questions that may be looked at.
    """
    if not train.any():
        return np.arange(len(matrix.models))
    datasets, scores = matrix.datasets[train], matrix.score[train]
    accuracy = mean_known(scores, (np.unique(datasets)[:, None] == datasets).astype(np.float64))
    known = ~np.isnan(accuracy)
    macro = np.where(known, accuracy, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.argsort(-np.where(measured(scores, datasets), macro, -np.inf), kind="stable")

"""dataset-oracle: the best model of each dataset's own test part, known in hindsight."""

import numpy as np

from profiles.outcomes import OutcomeMatrix
from tasks.measure.settle import Decision, one_model, weighted_means
from tasks.route.contract import Prediction, choose
from tasks.route.registry import baselines


@baselines.register("dataset-oracle")
def dataset_oracle(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray) -> Decision:
    """One model per dataset; ties go to the first of the pool."""
    choice = np.full(len(tested), -1)
    for dataset in np.unique(matrix.datasets[tested]):
        here = tested & (matrix.datasets == dataset)
        accuracy = weighted_means(matrix.score[here])
        choice[here] = choose(Prediction(accuracy, accuracy))[0]
    return one_model(choice, len(matrix.models))

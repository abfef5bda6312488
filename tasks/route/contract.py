"""What a router is: something that learns from a train part to predict, per model, the score and the cost."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from warehouse.errors import UserError


@dataclass(frozen=True, eq=False)
class Train:
    """All that a router may see. n questions, M models in pool order, D dimensions.

    Args:
        vectors: (n, D) float32, unit length.
        scores: (n, M) in [0, 1]; NaN where there is no verdict (missing is not wrong).
        costs: (n, M) USD; NaN where unknown.
        datasets: (n,) dataset of each question.
        seed: of anything the router draws.
    """

    vectors: np.ndarray
    scores: np.ndarray
    costs: np.ndarray
    datasets: np.ndarray
    seed: int


class Prediction(NamedTuple):
    """Predicted score (Q, M), higher is better, and predicted cost (Q, M) in USD, NaN where it cannot be told."""

    score: np.ndarray
    cost: np.ndarray


class Policy(Protocol):
    """A fitted router."""

    @property
    def parameters(self) -> dict[str, Any]:
        """What fitting chose, small enough to be kept as JSON."""
        ...

    def predict(self, vectors: np.ndarray) -> Prediction:
        """Predictions for (Q, D) question vectors of unit length."""
        ...


class Router(Protocol):
    """A way to learn a policy; one per file in `tasks/route/routers`, its class registered by name."""

    def fit(self, train: Train) -> Policy:
        """Learn from the train part alone."""
        ...


def choose(prediction: Prediction, cost_weight: float = 0.0) -> np.ndarray:
    """The one decision rule: the model with the highest predicted score - cost_weight * predicted cost.

    Args:
        prediction: of Q questions and M models.
        cost_weight: lambda, in score per US dollar; 0 ignores cost.

    Returns:
        (Q,) index of the chosen model; ties go to the first model of the pool. A model without a prediction (NaN)
        is chosen only when no model has one.

    Raises:
        UserError: cost counts, but some predicted cost is unknown.
    """
    value = prediction.score
    if cost_weight > 0:
        if np.isnan(prediction.cost).any():
            raise UserError("a cost weight needs the cost of every model; give prices in the pool's model_info")
        value = value - cost_weight * prediction.cost
    return np.argmax(np.where(np.isnan(value), -np.inf, value), axis=1)


def mean_known(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted means over the known entries of each column, one row per row of weights.

    Args:
        values: (n, M), NaN where unknown.
        weights: (K, n), not negative.

    Returns:
        (K, M); NaN where no known entry has weight.
    """
    known = ~np.isnan(values)
    total = weights @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, weights @ np.where(known, values, 0.0) / total, np.nan)

"""What a router is: something that learns from a train part to predict, per model, the score and the cost."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from warehouse.errors import UserError

_MEASURED = 0.5  # a mean over a few easy questions says nothing about a model


@dataclass(frozen=True, eq=False)
class Train:
    """All that a router may see. n questions, M models in pool order, D dimensions.

    Args:
        vectors: (n, D) float32, unit length.
        scores: (n, M) in [0, 1]; NaN where there is no verdict (missing is not wrong), and throughout for a model
            that is not `measured`: no router sends questions to a model of which next to nothing is known.
        costs: (n, M) USD; NaN where unknown.
        datasets: (n,) dataset of each question.
        seed: of anything the router draws.
    """

    vectors: np.ndarray
    scores: np.ndarray
    costs: np.ndarray
    datasets: np.ndarray
    seed: int

    def __post_init__(self) -> None:
        seen = np.where(measured(self.scores, self.datasets), self.scores, np.nan)
        object.__setattr__(self, "scores", seen)


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


def measured(scores: np.ndarray, datasets: np.ndarray) -> np.ndarray:
    """Models with a verdict on at least half of the questions of every dataset; all where there is no such model.

    Args:
        scores: (n, M), NaN where there is no verdict.
        datasets: (n,) dataset of each question.

    Returns:
        (M,) whether.
    """
    inside = (np.unique(datasets)[:, None] == datasets).astype(np.float64)
    share = inside @ ~np.isnan(scores) / inside.sum(axis=1, keepdims=True)
    enough = (share >= _MEASURED).all(axis=0)
    return enough | ~enough.any()


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

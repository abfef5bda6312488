"""CARROT (2502.03261): one regressor of quality and one of cost per model, and the best trade-off of the two.

Faithful: plug-in regressors, the model with the highest predicted score less weighed predicted cost, the weight as the
only knob. Different: the regressors are ridge planes on the run's embedding (there: kNN or a fine-tuned encoder). In
our setting quality is the mean of planes that were each learned from another bootstrap of the questions, less a share
of their standard deviation: where they do not agree, a model is a risk.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import alike, by_name, held_out, mean_cost


@dataclass(frozen=True, eq=False)
class CarrotPolicy(CostPolicy):
    """Planes of quality and of cost; the last number of each is its offset.

    Args:
        quality: (B, M, D + 1), NaN for a model without a label.
        price: (M, D + 1), likewise.
        floor: (M,) least cost of each model, below which none is predicted.
        cost: (M,) mean cost of each model.
        disagreement: standard deviations that are taken off.
        penalty: of squared weights.
    """

    quality: np.ndarray
    price: np.ndarray
    floor: np.ndarray
    cost: np.ndarray
    disagreement: float
    penalty: float

    @property
    def parameters(self) -> dict[str, Any]:
        """The penalty that was chosen."""
        return {"penalty": self.penalty}

    def predict(self, inputs: Inputs) -> Prediction:
        """Predicted score, which may lie outside [0, 1], and cost."""
        vectors = _with_one(inputs.vectors)
        said = vectors @ self.quality.swapaxes(1, 2)
        return Prediction(
            said.mean(axis=0) - self.disagreement * said.std(axis=0), np.maximum(vectors @ self.price.T, self.floor)
        )


class CarrotOptions(BaseModel):
    """Chosen on validation parts of recorded data, unless something else is said."""

    model_config = ConfigDict(extra="forbid")

    members: int = Field(8, ge=1, description="bootstraps of the questions; 1: the questions as they are")
    disagreement: float = Field(0.25, ge=0, description="standard deviations between members that are taken off")
    penalties: tuple[PositiveFloat, ...] = Field(
        (1.0, 3.0, 10.0, 30.0, 100.0),
        min_length=1,
        description="of squared weights; the best on what is held out is kept",
    )


@routers.register("carrot")
class Carrot(Router[CarrotOptions]):
    """Quality and cost heads, and what their ensemble does not agree on."""

    Options = CarrotOptions
    policy = CarrotPolicy
    chosen_on = "validation"

    def fit(self, train: Train, report: Progress) -> CarrotPolicy:
        """Planes in closed form."""
        options, (ordered, place) = self.options, by_name(train)
        vectors, (scores, costs) = _with_one(train.inputs.vectors), (ordered.known.score, ordered.known.cost_usd)
        held, every = held_out(train), np.ones(len(vectors))
        errors = [
            _error(planes(vectors, scores, 1.0 - held, one), vectors[held], scores[held]) for one in options.penalties
        ]
        penalty = options.penalties[int(np.argmin(errors))]
        generator, quality = np.random.default_rng(train.seed), []
        for member in range(options.members):
            drawn = generator.multinomial(len(vectors), every / len(vectors)) if options.members > 1 else every
            quality.append(planes(vectors, scores, drawn, penalty))
            report(member + 1, options.members)
        price = planes(vectors, costs, every, penalty)
        floor = np.where(np.isnan(costs), np.inf, costs).min(axis=0)
        return CarrotPolicy(
            np.stack(quality)[:, place],
            price[place],
            np.where(np.isinf(floor), np.nan, floor)[place],
            mean_cost(train),
            options.disagreement,
            penalty,
        )


def planes(vectors: np.ndarray, values: np.ndarray, weight: np.ndarray, penalty: float) -> np.ndarray:
    """Ridge regression of every column, whose offset is not penalised.

    Args:
        vectors: (n, D + 1), the last number 1.
        values: (n, M), NaN where unknown.
        weight: (n,) of every question; where a column's known values have none, they count alike.
        penalty: of squared weights.

    Returns:
        (M, D + 1); NaN where no value is known.
    """
    found = np.full((values.shape[1], vectors.shape[1]), np.nan)
    fined = penalty * np.eye(vectors.shape[1])
    fined[-1, -1] = 0.0
    for rows, columns in alike(values):
        own = weight[rows] if weight[rows].any() else np.ones(len(rows))
        weighed = vectors[rows].T * own
        found[columns] = np.linalg.solve(weighed @ vectors[rows] + fined, weighed @ values[np.ix_(rows, columns)]).T
    return found


def _with_one(vectors: np.ndarray) -> np.ndarray:
    return np.hstack([vectors.astype(np.float64), np.ones((len(vectors), 1))])


def _error(found: np.ndarray, vectors: np.ndarray, values: np.ndarray) -> float:
    """Mean squared error over what is known; 0 where nothing is."""
    lost = (vectors @ found.T - values) ** 2
    known = ~np.isnan(lost)
    return float(lost[known].mean()) if known.any() else 0.0

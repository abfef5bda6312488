"""ridge: a linear probe per model, which predicts its score from the embedding."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import alike, by_name, mean_cost


@dataclass(frozen=True, eq=False)
class RidgePolicy(CostPolicy):
    """A plane per model.

    Args:
        weights: (M, D); NaN for a model without a label.
        offsets: (M,) likewise.
        cost: (M,) mean cost of each model; NaN where unknown.
        penalty: of the weights, the mean over models.
    """

    weights: np.ndarray
    offsets: np.ndarray
    cost: np.ndarray
    penalty: float

    @property
    def parameters(self) -> dict[str, Any]:
        """The penalty that was chosen."""
        return {"penalty": self.penalty}

    def predict(self, inputs: Inputs) -> Prediction:
        """Predicted score, which may lie outside [0, 1], and each model's mean cost."""
        score = inputs.vectors.astype(np.float64) @ self.weights.T + self.offsets
        return Prediction.at_mean_cost(score, self.cost)


class RidgeOptions(BaseModel):
    """The penalties to choose from."""

    model_config = ConfigDict(extra="forbid")

    penalties: tuple[PositiveFloat, ...] = Field(
        (1.0, 3.0, 10.0, 30.0, 100.0), min_length=1, description="of squared weights; the best by leave-one-out is kept"
    )


@routers.register("ridge")
class Ridge(Router[RidgeOptions]):
    """Ridge regression in closed form; the penalty has the least squared error leaving one out (scikit-learn).

    Models with labels for the same questions are fitted together and share a penalty.
    """

    Options = RidgeOptions
    policy = RidgePolicy

    def fit(self, train: Train, report: Progress) -> RidgePolicy:
        """A plane per model."""
        from sklearn.linear_model import RidgeCV

        ordered, place = by_name(train)
        vectors, scores = ordered.inputs.vectors.astype(np.float64), ordered.known.score
        weights, offsets = np.full((scores.shape[1], vectors.shape[1]), np.nan), np.full(scores.shape[1], np.nan)
        chosen = np.full(scores.shape[1], np.nan)
        for rows, models in alike(scores):
            labels = scores[np.ix_(rows, models)]
            if len(rows) < 2:  # one cannot be left out
                weights[models], offsets[models] = 0.0, labels.mean(axis=0)
                continue
            plane = RidgeCV(alphas=list(self.options.penalties)).fit(vectors[rows], labels)
            weights[models], offsets[models], chosen[models] = plane.coef_, plane.intercept_, plane.alpha_
        known = chosen[~np.isnan(chosen)]
        penalty = float(known.mean()) if len(known) else 0.0
        return RidgePolicy(weights[place], offsets[place], mean_cost(train), penalty)

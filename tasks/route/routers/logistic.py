"""logistic: a logistic probe per model, which predicts from the embedding whether it is right."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from profiles.arrays import Float2D
from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import by_name, held_out, mean_cost

_STEPS = 200


@dataclass(frozen=True, eq=False)
class LogisticPolicy(CostPolicy):
    """Log-odds that are linear in the embedding.

    Args:
        weights: (M, D + 1), the last column the intercept; NaN for a model without a label.
        cost: (M,) mean cost of each model; NaN where unknown.
        looseness: 1 / strength of the penalty.
    """

    weights: np.ndarray
    cost: np.ndarray
    looseness: float

    @property
    def parameters(self) -> dict[str, Any]:
        """The looseness that was chosen."""
        return {"looseness": self.looseness}

    def predict(self, inputs: Inputs) -> Prediction:
        """Probability that each model is right, and its mean cost."""
        from scipy.special import expit

        return Prediction.at_mean_cost(expit(_with_one(inputs.vectors) @ self.weights.T), self.cost)


class LogisticOptions(BaseModel):
    """The loosenesses to choose from."""

    model_config = ConfigDict(extra="forbid")

    looseness: tuple[PositiveFloat, ...] = Field(
        (0.1, 0.3, 1.0),
        min_length=1,
        description="1 / strength of the penalty; the best on what is held out is kept",
    )


@routers.register("logistic")
class Logistic(Router[LogisticOptions]):
    """Logistic regression of every model at once; a fractional score is a label of that share.

    The looseness has the least cross-entropy on the validation part (without one: on a fifth of train); then all is
    fitted.
    """

    Options = LogisticOptions
    policy = LogisticPolicy
    chosen_on = "validation"

    def fit(self, train: Train, report: Progress) -> LogisticPolicy:
        """Weights per model."""
        ordered, place = by_name(train)
        inputs, labels, held = _with_one(train.inputs.vectors), ordered.known.score, held_out(train)
        weights, found = np.zeros((labels.shape[1], inputs.shape[1])), []
        for looseness in sorted(self.options.looseness):
            weights = fit_logistic(inputs[~held], labels[~held], looseness, weights)
            found.append((_loss(weights, inputs[held], labels[held])[0], looseness, weights))
        _, looseness, weights = min(found, key=lambda one: one[:2])
        weights = fit_logistic(inputs, labels, looseness, weights)
        weights[np.isnan(labels).all(axis=0)] = np.nan
        return LogisticPolicy(weights[place], mean_cost(train), looseness)


def fit_logistic(inputs: np.ndarray, labels: np.ndarray, looseness: float, start: np.ndarray) -> np.ndarray:
    """Weights with the least cross-entropy plus squared weights / (2 looseness); intercepts are free.

    Args:
        inputs: (n, D + 1), the last column ones.
        labels: (n, M) in [0, 1], NaN where unknown.
        looseness: 1 / strength of the penalty.
        start: (M, D + 1) weights that may be near.

    Returns:
        (M, D + 1).
    """
    from scipy.optimize import minimize

    free = np.append(np.ones(inputs.shape[1] - 1), 1e-6)  # where all labels are equal, the intercept would be infinite

    def penalised(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(start.shape)
        loss, slope = _loss(weights, inputs, labels)
        drawn = weights * free / looseness
        return loss + 0.5 * float((weights * drawn).sum()), (slope + drawn).ravel()

    found = minimize(penalised, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "ftol": 1e-7})
    weights: Float2D = found.x.reshape(start.shape)
    return weights


def _loss(weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Summed cross-entropy over the known labels, and its slope (M, D + 1)."""
    from scipy.special import expit

    logits, known = inputs @ weights.T, ~np.isnan(labels)
    given = np.where(known, labels, 0.0)
    loss = np.where(known, np.logaddexp(0.0, logits) - given * logits, 0.0).sum()
    return float(loss), np.where(known, expit(logits) - given, 0.0).T @ inputs


def _with_one(vectors: np.ndarray) -> np.ndarray:
    return np.hstack([vectors.astype(np.float64), np.ones((len(vectors), 1))])

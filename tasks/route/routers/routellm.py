"""RouteLLM (matrix factorisation): which of two models does better (LLMRouterBench reference, section 5.9).

Faithful: P(a beats b on q) = sigmoid(v · [(p_a - p_b) ⊙ q]) with a unit vector per model and no projection of q,
learned from the questions on which two models' scores differ. Different: the embedder is the run's. Lifted to N models,
every pair of them is learned from, and a model's score is its mean probability of winning against the others.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.ranking import PairOptions, strong_and_weak
from tasks.route.registry import routers
from tasks.route.train import TrainOptions, by_name, descend, mean_cost


@dataclass(frozen=True, eq=False)
class RouteLLMPolicy(CostPolicy):
    """What each model is good at.

    Args:
        tastes: (M, D) v ⊙ p of each model, NaN for a model that is not asked.
        cost: (M,) mean cost of each model.
        epoch: the weights are of.
    """

    tastes: np.ndarray
    cost: np.ndarray
    epoch: int

    @property
    def parameters(self) -> dict[str, Any]:
        """The epoch that was chosen, and how many models may be asked."""
        return {"epoch": self.epoch, "models": int((~np.isnan(self.tastes[:, 0])).sum())}

    def predict(self, inputs: Inputs) -> Prediction:
        """Mean probability of winning against the other models (one half for a model alone), and mean cost."""
        from scipy.special import expit

        merit = (inputs.vectors @ self.tastes.T).astype(np.float64)
        won = np.zeros(merit.shape)
        able = np.flatnonzero(~np.isnan(self.tastes[:, 0]))
        for other in able:
            won += expit(merit - merit[:, [other]])
        return Prediction.at_mean_cost((won - 0.5) / max(len(able) - 1, 1), self.cost)


class RouteLLMOptions(TrainOptions, PairOptions):
    """Chosen on validation parts of recorded data, unless something else is said."""

    lifted: bool = Field(True, description="every two models are compared; else the strong and the weak one alone")


@routers.register("routellm")
class RouteLLM(Router[RouteLLMOptions]):
    """Preferences between models, factorised on frozen embeddings."""

    Options = RouteLLMOptions
    policy = RouteLLMPolicy

    def fit(self, train: Train, report: Progress) -> RouteLLMPolicy:
        """The tastes of the epoch with the least cross-entropy on what is held out."""
        import torch
        from torch.nn.functional import normalize, softplus

        ordered, place = by_name(train)
        scores = ordered.known.score.copy()
        if not self.options.lifted:
            scores[:, [at for at in range(len(place)) if at not in strong_and_weak(ordered.known, self.options)]] = (
                np.nan
            )
        vectors, labels = torch.from_numpy(train.inputs.vectors), torch.from_numpy(scores)

        def loss(weights: dict[str, Any], rows: Any, drawn: Any) -> Any:
            merit = vectors[rows] @ (normalize(weights["models"]) * weights["taste"]).T
            better = labels[rows, :, None] > labels[rows, None, :]  # nothing is better than what is unknown
            lost = softplus(merit[:, None, :] - merit[:, :, None])
            return (lost * better).sum() / better.sum().clamp(min=1)

        generator, d = np.random.default_rng(train.seed), vectors.shape[1]
        start = {"models": generator.normal(size=(len(place), d)), "taste": generator.uniform(-1, 1, d) / np.sqrt(d)}
        found, epoch = descend(start, loss, train, self.options, report)
        unit = found["models"] / np.linalg.norm(found["models"], axis=1, keepdims=True)
        unit[np.isnan(scores).all(axis=0)] = np.nan
        return RouteLLMPolicy((unit * found["taste"])[place], mean_cost(train), epoch)

"""RouterDC on frozen embeddings (LLMRouterBench reference, section 5.1): models that do well against the rest.

Faithful: a learned vector per model (normal, 0.78), cosine similarity to the question's, and the sample-LLM loss: each
of the top models (score above 0) against the bottom ones (but for those above 0.5); no auxiliary loss, as in the
reference's default. Different: the encoder is the run's and stays as it is; a linear map on top of it (at first the
identity) is learned in its place. Whoever ties with the last of the top (bottom) counts, too, not the first in some
order. Datasets are not resampled, and the epoch is chosen on validation, not on the test part.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import TrainOptions, by_name, descend, mean_cost

_NOTHING = -1e9  # a logarithm; infinity has no gradient


@dataclass(frozen=True, eq=False)
class RouterDCPolicy(CostPolicy):
    """Where models stand among the questions.

    Args:
        projection: (D, D) of a question's vector.
        models: (M, D), NaN for a model without a label.
        cost: (M,) mean cost of each model.
        epoch: the weights are of.
    """

    projection: np.ndarray
    models: np.ndarray
    cost: np.ndarray
    epoch: int

    @property
    def parameters(self) -> dict[str, Any]:
        """The epoch that was chosen."""
        return {"epoch": self.epoch}

    def predict(self, inputs: Inputs) -> Prediction:
        """Cosine similarity of question and model, from 0 (opposite) to 1: it orders models, it is no accuracy."""
        asked, models = inputs.vectors @ self.projection.T, self.models
        length = np.linalg.norm(asked, axis=1, keepdims=True) * np.linalg.norm(models, axis=1)
        similarity = (asked @ models.T / length).astype(np.float64)
        return Prediction((1.0 + similarity) / 2.0, np.tile(self.cost, (len(similarity), 1)))


class RouterDCOptions(TrainOptions):
    """Chosen on validation parts of recorded data, unless something else is said."""

    rate: float = Field(0.0003, gt=0, description="step size of Adam")
    top: int = Field(3, ge=1, description="best models of a question, each contrasted with the worst ones")
    bottom: int = Field(3, ge=1, description="worst models of a question")
    temperature: float = Field(1.0, gt=0, description="of the softmax over similarities")


@routers.register("routerdc-frozen")
class RouterDC(Router[RouterDCOptions]):
    """Dual contrastive learning without the encoder."""

    Options = RouterDCOptions
    policy = RouterDCPolicy

    def fit(self, train: Train, report: Progress) -> RouterDCPolicy:
        """Map and model vectors of the epoch with the least loss on what is held out."""
        import torch
        from torch.nn.functional import normalize

        options, (ordered, place) = self.options, by_name(train)
        vectors, d = torch.from_numpy(train.inputs.vectors), train.inputs.vectors.shape[1]
        pulled, pushed = (torch.from_numpy(one) for one in contrasts(ordered.known.score, options.top, options.bottom))

        def loss(weights: dict[str, Any], rows: Any, drawn: Any) -> Any:
            asked = normalize(vectors[rows] @ weights["projection"].T)
            similarity = asked @ normalize(weights["models"]).T / options.temperature
            rest = similarity.masked_fill(~pushed[rows], _NOTHING).logsumexp(dim=1, keepdim=True)
            lost = torch.logaddexp(similarity, rest) - similarity
            counted = pulled[rows] & pushed[rows].any(dim=1, keepdim=True)
            return lost[counted].sum() / counted.sum().clamp(min=1)

        models = 0.78 * np.random.default_rng(train.seed).normal(size=(len(place), d))
        found, epoch = descend({"projection": np.eye(d), "models": models}, loss, train, options, report)
        found["models"][np.isnan(ordered.known.score).all(axis=0)] = np.nan
        return RouterDCPolicy(found["projection"], found["models"][place], mean_cost(train), epoch)


def contrasts(scores: np.ndarray, top: int, bottom: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, M) which models a question is drawn to, and which it is driven from.

    Args:
        scores: (n, M), NaN where unknown.
        top: how many of the best, of those above 0, and whoever is as good as the last of them.
        bottom: how many of the worst, of those not above 0.5, and whoever is as bad as the first of them.
    """
    last = scores.shape[1] - 1
    best = -np.sort(-np.where(np.isnan(scores), -np.inf, scores), axis=1)[:, [min(top - 1, last)]]
    worst = np.sort(np.where(np.isnan(scores), np.inf, scores), axis=1)[:, [min(bottom - 1, last)]]
    pulled = (scores >= best) & (scores > 0)
    return pulled, (scores <= worst) & (scores <= 0.5) & ~pulled

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
from pydantic import BaseModel, Field

from profiles.arrays import Float2D
from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import TrainedPolicy, TrainOptions, by_name, descend, mean_cost

_NOTHING = -1e9  # a logarithm; infinity has no gradient


@dataclass(frozen=True, eq=False)
class RouterDCPolicy(TrainedPolicy, CostPolicy):
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

    def predict(self, inputs: Inputs) -> Prediction:
        """Cosine similarity of question and model, from 0 (opposite) to 1: it orders models, it is no accuracy."""
        asked, models = inputs.vectors @ self.projection.T, self.models
        length = np.linalg.norm(asked, axis=1, keepdims=True) * np.linalg.norm(models, axis=1)
        similarity = (asked @ models.T / length).astype(np.float64)
        return Prediction.at_mean_cost((1.0 + similarity) / 2.0, self.cost)


class ContrastOptions(BaseModel):
    """Which models are contrasted."""

    top: int = Field(3, ge=1, description="best models of a question, each contrasted with the worst ones")
    bottom: int = Field(3, ge=1, description="worst models of a question")
    temperature: float = Field(1.0, gt=0, description="of the softmax over similarities")


class RouterDCOptions(ContrastOptions, TrainOptions):
    """Chosen on validation parts of recorded data, unless something else is said."""

    rate: float = Field(0.0003, gt=0, description="step size of Adam")


@routers.register("routerdc-frozen")
class RouterDC(Router[RouterDCOptions]):
    """Dual contrastive learning without the encoder."""

    Options = RouterDCOptions
    policy = RouterDCPolicy

    def fit(self, train: Train, report: Progress) -> RouterDCPolicy:
        """Map and model vectors of the epoch with the least loss on what is held out."""
        import torch

        options, (ordered, place) = self.options, by_name(train)
        vectors, d = torch.from_numpy(train.inputs.vectors), train.inputs.vectors.shape[1]
        pulled, pushed = (torch.from_numpy(one) for one in contrasts(ordered.known.score, options.top, options.bottom))

        def loss(weights: dict[str, Any], rows: Any, drawn: Any) -> Any:
            asked = vectors[rows] @ weights["projection"].T
            return contrast(asked, weights["models"], pulled[rows], pushed[rows], options.temperature)

        models = first_models(train.seed, len(place), d)
        found, epoch = descend({"projection": np.eye(d), "models": models}, loss, train, options, report)
        found["models"][np.isnan(ordered.known.score).all(axis=0)] = np.nan
        return RouterDCPolicy(found["projection"], found["models"][place], mean_cost(train), epoch)


def first_models(seed: int, m: int, d: int) -> np.ndarray:
    """(m, d) vectors of models before anything is learned."""
    drawn: Float2D = 0.78 * np.random.default_rng(seed).normal(size=(m, d))
    return drawn


def contrast(asked: Any, models: Any, pulled: Any, pushed: Any, temperature: float) -> Any:
    """The sample-LLM loss, a scalar tensor.

    Args:
        asked: (B, D) vectors of questions, of any length.
        models: (M, D), likewise.
        pulled: (B, M) whether a question is drawn to a model; `pushed` whether it is driven from it.
        pushed: see there.
        temperature: of the softmax over similarities.
    """
    import torch
    from torch.nn.functional import normalize

    similarity = normalize(asked) @ normalize(models).T / temperature
    rest = similarity.masked_fill(~pushed, _NOTHING).logsumexp(dim=1, keepdim=True)
    lost = torch.logaddexp(similarity, rest) - similarity
    counted = pulled & pushed.any(dim=1, keepdim=True)
    return lost[counted].sum() / counted.sum().clamp(min=1)


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

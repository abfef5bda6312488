"""UniRoute (2502.08773): a model is described by its errors on clusters of questions, so that a new one needs no refit.

Faithful: k-means on the train questions, a model's vector of errors per cluster, and its entry for the question's
cluster as the prediction. Different: a mean over few answers is drawn towards what is expected there of a model that
good (the pool's error in the cluster, shifted by how much better than the pool the model is on the same questions).
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from profiles.arrays import Float1D
from tasks.route.clusters import k_means, nearest
from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import mean_cost


@dataclass(frozen=True, eq=False)
class UniRoutePolicy(CostPolicy):
    """Clusters, and each model's errors in them.

    Args:
        centres: (K, D) means of the clusters' vectors.
        pool: (K,) mean error of the pool in each cluster.
        errors: (M, K) description of each model, NaN where nothing is known of it.
        cost: (M,) mean cost of each model.
        strength: answers that the expectation counts as.
    """

    centres: np.ndarray
    pool: np.ndarray
    errors: np.ndarray
    cost: np.ndarray
    strength: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Number of clusters."""
        return {"clusters": len(self.centres)}

    def predict(self, inputs: Inputs) -> Prediction:
        """What is expected of each model in the question's cluster, and its mean cost."""
        score = 1.0 - self.errors[:, nearest(inputs.vectors, self.centres)].T
        return Prediction.at_mean_cost(score, self.cost)

    def onboard(self, vectors: np.ndarray, scores: np.ndarray, cost: float = np.nan) -> Self:
        """The same with one model more, the last one; nothing is fitted.

        Args:
            vectors: (n, D) of the questions that it answered, a few hundred.
            scores: (n,) what it got, NaN where unknown.
            cost: its mean cost in USD.
        """
        own = describe(nearest(vectors, self.centres), scores, self.pool, self.strength)
        return replace(self, errors=np.vstack([self.errors, own]), cost=np.append(self.cost, cost))


class UniRouteOptions(BaseModel):
    """Chosen on validation parts of recorded data, unless something else is said."""

    model_config = ConfigDict(extra="forbid")

    clusters: int = Field(60, ge=1, description="of k-means; at most the number of train questions")
    strength: float = Field(5.0, ge=0, description="answers that the expectation counts as; published: 0")
    prompts: int | None = Field(None, ge=1, description="questions that models are described by; none: all")


@routers.register("uniroute")
class UniRoute(Router[UniRouteOptions]):
    """Cluster the train questions and describe every model by its errors on some or all of them."""

    Options = UniRouteOptions
    policy = UniRoutePolicy

    def fit(self, train: Train, report: Progress) -> UniRoutePolicy:
        """Clusters and descriptions."""
        options, vectors = self.options, train.inputs.vectors
        means = k_means(vectors, options.clusters, train.seed)
        asked = np.random.default_rng(train.seed).permutation(len(vectors))[: options.prompts]
        label, scores = means.labels_[asked], train.known.score[asked]
        pool = pool_errors(label, scores, len(means.cluster_centers_))
        errors = np.stack([describe(label, one, pool, options.strength) for one in scores.T])
        return UniRoutePolicy(means.cluster_centers_, pool, errors, mean_cost(train), options.strength)


def pool_errors(label: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    """(K,) mean error of a pool in each cluster, over all where none of it is known there.

    Args:
        label: (n,) cluster of each question.
        scores: (n, M) what its models got, NaN where unknown.
        k: number of clusters.
    """
    answers, known = np.broadcast_to(label[:, None], scores.shape), ~np.isnan(scores)
    return _drawn_in(answers[known], 1.0 - scores[known], np.full(k, (1.0 - scores[known]).mean()), 0.0)


def describe(label: np.ndarray, scores: np.ndarray, pool: np.ndarray, strength: float) -> np.ndarray:
    """A model's errors in the clusters, from its own answers alone.

    Args:
        label: (n,) cluster of each question.
        scores: (n,) what the model got, NaN where unknown.
        pool: (K,) mean error of the pool in each cluster.
        strength: answers that the expectation counts as: the pool's error in the cluster, shifted by how much the
            model's errors differ from the pool's on the same questions.

    Returns:
        (K,); NaN throughout where no score is known.
    """
    known = ~np.isnan(scores)
    if not known.any():
        return np.full(len(pool), np.nan)
    label, error = label[known], 1.0 - scores[known]
    return _drawn_in(label, error, pool + (error - pool[label]).mean(), strength)


def _drawn_in(label: np.ndarray, error: np.ndarray, expected: np.ndarray, strength: float) -> np.ndarray:
    """(K,) mean error per cluster, the expected one counting as `strength` more, and alone where there is none."""
    count, total = (np.bincount(label, weights, len(expected)) for weights in (None, error))
    found: Float1D = np.where(count > 0, total + strength * expected, expected) / np.where(
        count > 0, count + strength, 1
    )
    return found

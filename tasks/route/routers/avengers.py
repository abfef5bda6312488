"""Avengers: the best model of the question's cluster (LLMRouterBench reference, section 5.5)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tasks.measure.settle import weighted_means
from tasks.route.clusters import k_means, listening
from tasks.route.contract import Inputs, Policy, Prediction, Progress, Router, Train
from tasks.route.ranking import Ties, reciprocal_ranks, tie_order
from tasks.route.registry import routers


@dataclass(frozen=True, eq=False)
class AvengersPolicy(Policy):
    """Clusters and what each model got in them.

    Args:
        centres: (K, D) means of the clusters' vectors, not normalised.
        merits: (K, M) 1 / (rank + 1) of each model in each cluster, rank 0 = best.
        costs: (K, M) mean cost in the cluster; NaN where unknown.
        nearest: how many clusters a question listens to.
        sharpness: beta of softmax(-beta * distance) over those clusters.
    """

    centres: np.ndarray
    merits: np.ndarray
    costs: np.ndarray
    nearest: int
    sharpness: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Number of clusters, clusters listened to, and beta."""
        return {"clusters": len(self.centres), "nearest": self.nearest, "sharpness": self.sharpness}

    def predict(self, inputs: Inputs) -> Prediction:
        """Score = softmax-weighted reciprocal rank over the nearest clusters; it orders models, it is no accuracy."""
        share = listening(inputs.vectors, self.centres, self.nearest, self.sharpness)
        return Prediction(share @ self.merits, weighted_means(self.costs, share))


class AvengersOptions(BaseModel):
    """The published setting for small pools, unless something else is said."""

    model_config = ConfigDict(extra="forbid")

    clusters: int = Field(30, ge=1, description="of k-means; at most the number of train questions")
    nearest: int = Field(1, ge=1, description="clusters a question listens to")
    sharpness: float = Field(9.0, ge=0, description="beta of their softmax")
    ties: Ties = Field("overall", description="in a cluster: the better model overall; published: the pool's first")


@routers.register("avengers")
class Avengers(Router[AvengersOptions]):
    """Cluster the train questions (scikit-learn: Lloyd, k-means++, 10 restarts) and rank the models in each cluster.

    Ties in a cluster, which are many, go to the better model overall, so that the pool's order decides nothing; as
    published they go to the first (of the reference's rows). A model without a verdict in a cluster ranks last there.
    """

    Options = AvengersOptions
    policy = AvengersPolicy
    version = "2"

    def fit(self, train: Train, report: Progress) -> AvengersPolicy:
        """Centres, ranks and costs from the train part."""
        options = self.options
        means = k_means(train.inputs.vectors, options.clusters, train.seed)
        k = len(means.cluster_centers_)
        member = (np.arange(k)[:, None] == means.labels_).astype(np.float64)
        accuracy = weighted_means(train.known.score, member)
        merits = reciprocal_ranks(accuracy, tie_order(train, options.ties))
        costs = weighted_means(train.known.cost_usd, member)
        return AvengersPolicy(means.cluster_centers_, merits, costs, min(options.nearest, k), options.sharpness)

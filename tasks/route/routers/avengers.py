"""Avengers: the best model of the question's cluster (LLMRouterBench reference, section 5.5)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks.route.contract import Prediction, Train, mean_known
from tasks.route.registry import routers


@dataclass(frozen=True, eq=False)
class AvengersPolicy:
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

    def predict(self, vectors: np.ndarray) -> Prediction:
        """Score = softmax-weighted reciprocal rank over the nearest clusters; it orders models, it is no accuracy."""
        distance = 1.0 - vectors @ self.centres.T
        kept = np.argsort(distance, axis=1, kind="stable")[:, : self.nearest]
        closeness = -self.sharpness * np.take_along_axis(distance, kept, axis=1).astype(np.float64)
        weight = np.exp(closeness - closeness.max(axis=1, keepdims=True))
        share = np.zeros(distance.shape)
        np.put_along_axis(share, kept, weight / weight.sum(axis=1, keepdims=True), axis=1)
        return Prediction(share @ self.merits, mean_known(self.costs, share))


@routers.register("avengers")
@dataclass(frozen=True, slots=True)
class Avengers:
    """Cluster the train questions and rank the models in each cluster; by default the published small-pool setting.

    Ties in a cluster go to the first model of the pool (the reference: the first in its rows). A model without a
    verdict in a cluster ranks last there.

    Args:
        clusters: K of k-means (scikit-learn: Lloyd, k-means++, 10 restarts); at most the number of train questions.
        nearest: clusters a question listens to.
        sharpness: beta of their softmax.
    """

    clusters: int = 30
    nearest: int = 1
    sharpness: float = 9.0

    def fit(self, train: Train) -> AvengersPolicy:
        """Centres, ranks and costs from the train part."""
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        k = min(self.clusters, len(train.vectors))
        means = KMeans(n_clusters=k, random_state=train.seed, n_init=10, algorithm="lloyd")
        # Its threads meet after every small step: on a busy machine two of them are seven times slower than one.
        with threadpool_limits(limits=1):
            means.fit(train.vectors)
        member = (np.arange(k)[:, None] == means.labels_).astype(np.float64)
        accuracy = mean_known(train.scores, member)
        order = np.argsort(-np.where(np.isnan(accuracy), -np.inf, accuracy), axis=1, kind="stable")
        merits = 1.0 / (np.argsort(order, axis=1, kind="stable") + 1.0)
        costs = mean_known(train.costs, member)
        return AvengersPolicy(means.cluster_centers_, merits, costs, min(self.nearest, k), self.sharpness)

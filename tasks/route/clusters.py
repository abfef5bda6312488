"""k-means of questions, as the published routers make it."""

from typing import Any

import numpy as np

from profiles.arrays import Int1D


def k_means(vectors: np.ndarray, k: int, seed: int) -> Any:
    """scikit-learn's fitted estimator: Lloyd, k-means++, 10 restarts; as many clusters as vectors at most."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    means = KMeans(n_clusters=min(k, len(vectors)), random_state=seed, n_init=10, algorithm="lloyd")
    # Its threads meet after every small step: on a busy machine two of them are seven times slower than one.
    with threadpool_limits(limits=1):
        return means.fit(vectors)


def nearest(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(Q,) cluster of each of (Q, D) unit vectors, by Euclidean distance to (K, D) means."""
    found: Int1D = np.argmax(vectors @ centres.T - (centres**2).sum(axis=1) / 2, axis=1)
    return found

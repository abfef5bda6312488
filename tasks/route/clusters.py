"""k-means of questions, as the published routers make it."""

from typing import Any

import numpy as np

from profiles.arrays import Float2D, Int1D, softmax


def k_means(vectors: np.ndarray, k: int, seed: int) -> Any:
    """scikit-learn's fitted estimator: Lloyd, k-means++, 10 restarts; as many clusters as distinct vectors at most."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    means = KMeans(n_clusters=min(k, len(np.unique(vectors, axis=0))), random_state=seed, n_init=10, algorithm="lloyd")
    # Its threads meet after every small step: on a busy machine two of them are seven times slower than one.
    with threadpool_limits(limits=1):
        return means.fit(vectors)


def nearest(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(Q,) cluster of each of (Q, D) unit vectors, by Euclidean distance to (K, D) means."""
    found: Int1D = np.argmax(vectors @ centres.T - (centres**2).sum(axis=1) / 2, axis=1)
    return found


def listening(vectors: np.ndarray, centres: np.ndarray, n: int, sharpness: float) -> np.ndarray:
    """(Q, K) how much (Q, D) unit vectors listen to each cluster: softmax(-sharpness (1 - cosine)) over n."""
    distance = 1.0 - vectors @ centres.T
    kept = np.argsort(distance, axis=1, kind="stable")[:, :n]
    closeness = -sharpness * np.take_along_axis(distance, kept, axis=1).astype(np.float64)
    share: Float2D = np.zeros(distance.shape)
    np.put_along_axis(share, kept, softmax(closeness), axis=1)
    return share

"""kNN: the model that did best on the most similar train questions."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks.route.contract import Prediction, Train, choose
from tasks.route.registry import routers

_CHUNK = 512


@dataclass(frozen=True, eq=False)
class KnnPolicy:
    """The train part itself and the number of neighbours that did best within it."""

    train: Train
    k: int

    @property
    def parameters(self) -> dict[str, Any]:
        """Number of neighbours."""
        return {"k": self.k}

    def predict(self, vectors: np.ndarray) -> Prediction:
        """Mean score and cost over the k nearest train questions by cosine."""
        neighbours = _nearest(vectors, self.train.vectors, self.k)
        return Prediction(
            _smoothed(self.train.scores, neighbours, (self.k,))[0],
            _smoothed(self.train.costs, neighbours, (self.k,))[0],
        )


@routers.register("knn")
@dataclass(frozen=True, slots=True)
class Knn:
    """Choose k by leave-one-out on the train part: whose choices have the best macro score, the larger k on ties.

    Args:
        neighbours: the k to choose from; n train questions offer at most n - 1.
    """

    neighbours: tuple[int, ...] = (5, 20, 50, 100)

    def fit(self, train: Train) -> KnnPolicy:
        """The train part with its k."""
        n = len(train.vectors)
        offered = tuple(sorted({min(k, max(n - 1, 1)) for k in self.neighbours}))
        if len(offered) == 1:
            return KnnPolicy(train, offered[0])
        nearest = _nearest(train.vectors, train.vectors, offered[-1], leave_one_out=True)
        values = [
            _macro_score(train, choose(Prediction(predicted, np.empty(0))))
            for predicted in _smoothed(train.scores, nearest, offered)
        ]
        return KnnPolicy(train, max(zip(values, offered, strict=True))[1])


def _nearest(vectors: np.ndarray, among: np.ndarray, k: int, *, leave_one_out: bool = False) -> np.ndarray:
    """(Q, k) positions in `among`, most similar first; equally similar ones in their order."""
    found = []
    for start in range(0, len(vectors), _CHUNK):
        similarity = vectors[start : start + _CHUNK] @ among.T
        if leave_one_out:
            here = np.arange(len(similarity))
            similarity[here, start + here] = -np.inf
        top = np.sort(np.argpartition(-similarity, k - 1, axis=1)[:, :k], axis=1)
        order = np.argsort(-np.take_along_axis(similarity, top, axis=1), axis=1, kind="stable")
        found.append(np.take_along_axis(top, order, axis=1))
    return np.concatenate(found)


def _smoothed(values: np.ndarray, neighbours: np.ndarray, offered: tuple[int, ...]) -> np.ndarray:
    """Mean over the first k neighbours for each k offered, (len(offered), Q, M).

    The column's mean over the train part counts as one more neighbour: ties, and models without a label near by,
    fall back to it.
    """
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        overall = np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)
    total = np.where(known, values, 0.0)[neighbours].cumsum(axis=1)
    count = known[neighbours].cumsum(axis=1)
    last = [k - 1 for k in offered]
    means = (total[:, last] + overall) / (count[:, last] + 1.0)
    return np.moveaxis(means, 1, 0)


def _macro_score(train: Train, chosen: np.ndarray) -> float:
    """Mean over datasets of the mean known score of the chosen models."""
    scores = train.scores[np.arange(len(chosen)), chosen]
    means = [
        scores[inside].mean()
        for dataset in np.unique(train.datasets)
        if (inside := (train.datasets == dataset) & ~np.isnan(scores)).any()
    ]
    return float(np.mean(means)) if means else 0.0

"""kNN: the model that did best on the most similar train questions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from profiles.arrays import known_mean
from tasks.route.contract import Inputs, Point, Policy, Prediction, Progress, Router, Train, choose
from tasks.route.curve import cost_points
from tasks.route.registry import routers

_CHUNK = 512


@dataclass(frozen=True, eq=False)
class KnnPolicy(Policy):
    """The train part itself and the number of neighbours that did best within it.

    Args:
        vectors: (n, D) of the train questions.
        scores: (n, M), NaN where unknown.
        costs: (n, M), likewise.
        k: number of neighbours.
    """

    vectors: np.ndarray
    scores: np.ndarray
    costs: np.ndarray
    k: int

    @property
    def parameters(self) -> dict[str, Any]:
        """Number of neighbours."""
        return {"k": self.k}

    @property
    def points(self) -> tuple[Point, ...]:
        """Score alone, and with cost; see `cost_points`."""
        return cost_points(known_mean(self.costs))

    def predict(self, inputs: Inputs) -> Prediction:
        """Mean score and cost over the k nearest train questions by cosine."""
        neighbours = _nearest(inputs.vectors, self.vectors, self.k)
        return Prediction(*(_smoothed(one, neighbours, (self.k,))[0] for one in (self.scores, self.costs)))


class KnnOptions(BaseModel):
    """The k to choose from."""

    model_config = ConfigDict(extra="forbid")

    neighbours: tuple[PositiveInt, ...] = Field(
        (5, 20, 50, 100), min_length=1, description="the k to choose from; n train questions offer at most n - 1"
    )


@routers.register("knn")
class Knn(Router[KnnOptions]):
    """Choose k by leave-one-out on the train part: whose choices have the best macro score, the larger k on ties."""

    Options = KnnOptions
    policy = KnnPolicy

    def fit(self, train: Train, report: Progress) -> KnnPolicy:
        """The train part with its k."""
        vectors, scores = train.inputs.vectors, train.known.score
        offered = tuple(sorted({min(k, max(len(vectors) - 1, 1)) for k in self.options.neighbours}))
        k = offered[0]
        if len(offered) > 1:
            nearest = _nearest(vectors, vectors, offered[-1], leave_one_out=True)
            predicted = _smoothed(scores, nearest, offered)
            values = [_macro_score(train, choose(Prediction(one, np.empty(0)))) for one in predicted]
            k = max(zip(values, offered, strict=True))[1]
        return KnnPolicy(vectors, scores, train.known.cost_usd, k)


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
    total = np.where(known, values, 0.0)[neighbours].cumsum(axis=1)
    count = known[neighbours].cumsum(axis=1)
    last = [k - 1 for k in offered]
    means = (total[:, last] + known_mean(values)) / (count[:, last] + 1.0)
    return np.moveaxis(means, 1, 0)


def _macro_score(train: Train, chosen: np.ndarray) -> float:
    """Mean over datasets of the mean known score of the chosen models."""
    scores = train.known.score[np.arange(len(chosen)), chosen]
    means = [
        scores[inside].mean()
        for dataset in np.unique(train.known.datasets)
        if (inside := (train.known.datasets == dataset) & ~np.isnan(scores)).any()
    ]
    return float(np.mean(means)) if means else 0.0

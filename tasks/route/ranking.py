"""Models by what they are worth on the train part."""

from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, Field, model_validator

from profiles.arrays import Float2D
from profiles.outcomes import OutcomeMatrix
from tasks.measure.settle import members, weighted_means
from tasks.route.contract import Train, measured
from warehouse.errors import UserError

Ties = Literal["overall", "pool"]
"""Whose a tie is: of the better model overall, or (published) of the first in the pool."""


class PairOptions(BaseModel):
    """The two models of a router between two."""

    strong: str | None = Field(None, description="a model of the pool; none: the best one on the train part")
    weak: str | None = Field(None, description="likewise; none: the best of the cheaper ones, or else the second best")

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.strong is not None and self.strong == self.weak:
            raise ValueError(f"strong and weak are both '{self.strong}'; name two models")
        return self


def ranked(matrix: OutcomeMatrix, train: np.ndarray) -> np.ndarray:
    """(M,) models by falling macro accuracy on the train questions, those that answered too few of them last.

    Args:
        matrix: what every model got.
        train: (Q,) the questions that may be looked at.
    """
    if not train.any():
        return np.arange(len(matrix.models))
    datasets, scores = matrix.datasets[train], matrix.score[train]
    accuracy = weighted_means(scores, members(datasets))
    known = ~np.isnan(accuracy)
    macro = np.where(known, accuracy, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.argsort(-np.where(measured(scores, datasets), macro, -np.inf), kind="stable")


def strong_and_weak(matrix: OutcomeMatrix, options: PairOptions) -> tuple[int, int]:
    """Positions of the strong and the weak model, equal where only one has a score.

    Args:
        matrix: what every model got on the train part.
        options: who they are, if that is said.

    Raises:
        UserError: a model that is said is not in the pool.
    """
    for name in (options.strong, options.weak):
        if name is not None and name not in matrix.models:
            raise UserError(f"there is no model '{name}' in the pool; name two of {', '.join(matrix.models)}")
    order = ranked(matrix, np.ones(len(matrix.score), dtype=bool))
    heard = ~np.isnan(matrix.score).all(axis=0)
    order = order[heard[order] | ~heard.any()]
    strong = int(order[0]) if options.strong is None else matrix.models.index(options.strong)
    if options.weak is not None:
        return strong, matrix.models.index(options.weak)
    cost, others = weighted_means(matrix.cost_usd)[0], order[order != strong]
    cheaper = others[cost[others] < cost[strong]]
    return strong, int([*cheaper, *others, strong][0])


def tie_order(train: Train, ties: Ties) -> np.ndarray:
    """(M,) place of each model among equals, 0 = first."""
    if ties == "pool":
        return np.arange(len(train.known.models))
    return np.argsort(ranked(train.known, np.ones(len(train.known.score), dtype=bool)))


def reciprocal_ranks(worth: np.ndarray, order: np.ndarray) -> np.ndarray:
    """(K, M) 1 / (rank + 1) in each row of worth, (K, M), rank 0 = best; NaN is worst, order (M,) settles ties."""
    sunk = -np.where(np.isnan(worth), -np.inf, worth)
    place = np.lexsort((np.broadcast_to(order, sunk.shape), sunk), axis=1)
    rank: Float2D = np.argsort(place, axis=1).astype(np.float64)
    return 1.0 / (rank + 1.0)

"""Avengers-Pro: the best trade of accuracy for cost in the question's clusters (LLMRouterBench reference, section 5.6).

Faithful with `unknown_cost: free` and `ties: pool`: clusters, normalisation, reciprocal ranks and their mixture, and a
sweep of 101 weights. Different: clusters are fitted once, as no weight moves them. By default a cost that is not known
in a cluster is the worst, and ties in a cluster go to the better model overall.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from profiles.arrays import Float2D
from tasks.measure.settle import Decision, one_model, weighted_means
from tasks.route.clusters import k_means, listening
from tasks.route.contract import Inputs, Point, Policy, Prediction, Progress, Router, Train, choose
from tasks.route.ranking import Ties, reciprocal_ranks, tie_order
from tasks.route.registry import routers
from tasks.route.train import mean_cost

_STEPS = 100


@dataclass(frozen=True, eq=False)
class AvengersProPolicy(Policy):
    """Clusters, and what each model got and took in them.

    Args:
        centres: (K, D) means of the clusters' vectors, not normalised.
        accuracy: (K, M) mean score in the cluster, or overall where none is known there; NaN where none is at all.
        costs: (K, M) mean cost, likewise.
        merit: (K, M) accuracy from 0, the worst in the cluster, to 1; 0 where unknown.
        thrift: (K, M) 1 - cost as a share of the dearest in the cluster.
        order: (M,) place of each model among equals, 0 = first.
        priced: whether every model's cost is known.
        nearest: how many clusters a question listens to.
        sharpness: beta of softmax(-beta * distance) over those clusters.
        weight: of accuracy at the own point.
    """

    centres: np.ndarray
    accuracy: np.ndarray
    costs: np.ndarray
    merit: np.ndarray
    thrift: np.ndarray
    order: np.ndarray
    priced: bool
    nearest: int
    sharpness: float
    weight: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Number of clusters, clusters listened to, beta, and the weight of accuracy."""
        told = {"clusters": len(self.centres), "nearest": self.nearest, "sharpness": self.sharpness}
        return told | {"weight": self.weight}

    @property
    def points(self) -> tuple[Point, ...]:
        """Its own, and weights of accuracy from 0 to 1; costs have to be known for that."""
        swept = range(_STEPS + 1) if self.priced else ()
        return Point(), *(Point(f"{step / _STEPS:.2f}", knob=step / _STEPS) for step in swept)

    def predict(self, inputs: Inputs) -> Prediction:
        """Mean score and cost over the nearest clusters, and how much each cluster is listened to."""
        share = listening(inputs.vectors, self.centres, self.nearest, self.sharpness)
        return Prediction(weighted_means(self.accuracy, share), weighted_means(self.costs, share), share)

    def decide(self, prediction: Prediction, point: Point) -> Decision:
        """The model with the highest reciprocal rank over the clusters, ranked by the point's trade."""
        weight = self.weight if point.knob is None else point.knob
        worth = weight * self.merit + (1.0 - weight) * self.thrift
        mixed = np.where(np.isnan(prediction.score), np.nan, prediction.shares @ reciprocal_ranks(worth, self.order))
        return one_model(choose(Prediction(mixed, prediction.cost)), mixed.shape[1])


class AvengersProOptions(BaseModel):
    """The published sample setting, unless something else is said."""

    model_config = ConfigDict(extra="forbid")

    clusters: int = Field(25, ge=1, description="of k-means; at most the number of train questions")
    nearest: int = Field(3, ge=1, description="clusters a question listens to")
    sharpness: float = Field(9.0, ge=0, description="beta of their softmax")
    weight: float = Field(1.0, ge=0, le=1, description="of accuracy at the own point, the rest cost; published: 0.7")
    unknown_cost: Literal["worst", "free"] = Field(
        "worst", description="worst: known of no answer in a cluster; published: free, each one that is unknown is 0"
    )
    ties: Ties = Field("overall", description="in a cluster: the better model overall; published: the pool's first")


@routers.register("avengers-pro")
class AvengersPro(Router[AvengersProOptions]):
    """Cluster the train questions once; every weight of accuracy against cost ranks the models in each cluster."""

    Options = AvengersProOptions
    policy = AvengersProPolicy
    version = "2"

    def fit(self, train: Train, report: Progress) -> AvengersProPolicy:
        """Clusters, and the normalised accuracy and cost in them."""
        options, known = self.options, train.known
        means = k_means(train.inputs.vectors, options.clusters, train.seed)
        centres = means.cluster_centers_
        member = (np.arange(len(centres))[:, None] == means.labels_).astype(np.float64)
        accuracy, costs = weighted_means(known.score, member), weighted_means(known.cost_usd, member)
        overall, cost = weighted_means(known.score), mean_cost(train)
        free = options.unknown_cost == "free"
        as_published = np.where(np.isnan(known.score), np.nan, np.nan_to_num(known.cost_usd))
        taken = weighted_means(as_published, member) if free else costs
        # A weight below 1 needs costs; without them the trade would be of nothing.
        priced = free or not np.isnan(cost).any()
        return AvengersProPolicy(
            centres,
            np.where(np.isnan(accuracy), overall, accuracy),
            np.where(np.isnan(costs), cost, costs),
            _merit(accuracy),
            _thrift(taken, accuracy),
            tie_order(train, options.ties),
            priced,
            min(options.nearest, len(centres)),
            options.sharpness,
            options.weight if priced else 1.0,
        )


def _merit(accuracy: np.ndarray) -> np.ndarray:
    """(K, M) from 0 to 1 over the models with a score in the cluster; 1 where all are equal, 0 where unknown."""
    known = ~np.isnan(accuracy)
    low, high = (one(np.where(known, accuracy, end), axis=1)[:, None] for one, end in ((np.min, 2.0), (np.max, -1.0)))
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled: Float2D = np.where(high > low, (accuracy - low) / (high - low), 1.0)
    return np.where(known, scaled, 0.0)


def _thrift(costs: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """(K, M) 1 - cost / highest in the cluster; 1 where none costs anything, 0 where nothing is known of a model."""
    known, told = ~np.isnan(accuracy), ~np.isnan(costs)
    taken = np.where(known & told, costs, 0.0)
    dearest = taken.max(axis=1, keepdims=True)
    share: Float2D = 1.0 - taken / np.where(dearest > 0, dearest, 1.0)
    return np.where(known & told, share, 0.0)

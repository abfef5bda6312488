"""GraphRouter: a graph of questions and models, an edge per answer (LLMRouterBench reference, section 5.4).

Faithful: nodes of 16 numbers; edges from question to model with utility, cost and score (linear map, ReLU); two
convolutions with batch norm, ReLU after the first; a score from the question's first and the
model's last state; labels: whoever has a question's highest utility; every step hides half of the train edges and
predicts these. Different: a question's node has no task description (of a new question the dataset is not known) and a
model's none either: its first state is learned. Costs are scaled within the train part, not with the test part. Adam,
not AdamW. The epoch is chosen on validation: the reference's is the best on its test part. In our setting messages are
averaged: where they are added up, what a model hears while half is hidden is not what it hears when it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from profiles.arrays import Float2D
from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import TrainedPolicy, TrainOptions, by_name, cross_entropy, descend, held_out, mean_cost
from warehouse.errors import UserError

_TIED = 1e-8


@dataclass(frozen=True, eq=False)
class GraphRouterPolicy(TrainedPolicy, CostPolicy):
    """What is left of the graph when a new question comes: models receive messages, questions do not.

    Args:
        projection: (d, D) of a question's vector.
        shift: (d,) its bias.
        models: (M, d) last states, NaN for a model without a label.
        cost: (M,) mean cost of each model.
        epoch: the weights are of.
    """

    projection: np.ndarray
    shift: np.ndarray
    models: np.ndarray
    cost: np.ndarray
    epoch: int

    def predict(self, inputs: Inputs) -> Prediction:
        """Probability that each model has the highest utility, and its mean cost."""
        from scipy.special import expit

        asked = inputs.vectors @ self.projection.T + self.shift
        logits = (asked @ self.models.T).astype(np.float64) / len(self.shift)
        return Prediction.at_mean_cost(expit(logits), self.cost)


class GraphRouterOptions(TrainOptions):
    """Chosen on validation parts of recorded data, unless something else is said."""

    epochs: int = Field(
        200, ge=1, description="at most; the weights of the epoch with the least held-out loss are kept"
    )
    patience: int = Field(20, ge=1, description="epochs without a smaller held-out loss after which learning ends")
    rate: float = Field(0.003, gt=0, description="step size of Adam")
    batch: int = Field(100_000, ge=1, description="questions of a step's graph; published: all")
    messages: Literal["mean", "sum"] = Field("mean", description="what a model's messages become; published: sum")
    masks: int = Field(1, ge=1, description="draws of hidden edges whose mean loss a step takes; published: 32")
    width: int = Field(16, ge=1, description="d, of a node's state")
    cost_share: float = Field(0.0, ge=0, le=1, description="of cost in the utility; published: 0, 0.5 and 0.8")


@routers.register("graphrouter")
class GraphRouter(Router[GraphRouterOptions]):
    """Message passing from questions to models, predicting edges."""

    Options = GraphRouterOptions
    policy = GraphRouterPolicy

    def fit(self, train: Train, report: Progress) -> GraphRouterPolicy:
        """The last states of the epoch with the least cross-entropy on what is held out."""
        import torch

        options, (ordered, place) = self.options, by_name(train)
        features, best = (torch.from_numpy(one).float() for one in edges(ordered, options.cost_share))
        vectors, seen = torch.from_numpy(train.inputs.vectors), torch.from_numpy(np.flatnonzero(~held_out(train)))
        there = ~best.isnan()

        def last(weights: Mapping[str, Any], rows: Any, visible: Any) -> Any:
            asked = vectors[rows] @ weights["projection"].T + weights["shift"]
            weight = visible / visible.sum(dim=0).clamp(min=1) if options.messages == "mean" else visible
            return states(weights, asked, features[rows], weight)

        def loss(weights: dict[str, Any], rows: Any, drawn: Any) -> Any:
            asked = vectors[rows] @ weights["projection"].T + weights["shift"]
            if drawn is None:
                return cross_entropy(asked @ last(weights, seen, there[seen].float()).T / options.width, best[rows])
            total = 0.0
            for _ in range(options.masks):
                hidden = torch.rand(best[rows].shape, generator=drawn) < 0.5
                models = last(weights, rows, (there[rows] & ~hidden).float())
                total += cross_entropy(asked @ models.T / options.width, best[rows].masked_fill(~hidden, torch.nan))
            return total / options.masks

        start = _start(vectors.shape[1], options.width, len(place), train.seed)
        found, epoch = descend(start, loss, train, options, report)
        models = last({name: torch.from_numpy(one) for name, one in found.items()}, seen, there[seen].float()).numpy()
        models[np.isnan(ordered.known.score).all(axis=0)] = np.nan
        return GraphRouterPolicy(found["projection"], found["shift"], models[place], mean_cost(train), epoch)


def edges(train: Train, cost_share: float) -> tuple[np.ndarray, np.ndarray]:
    """What edges say, and which are to be found.

    Args:
        train: n questions, M models.
        cost_share: of cost in the utility.

    Returns:
        (n, M, 3) utility, cost from 0 to 1 within the dataset, and score; unknown ones are 0. (n, M) 1 where the model
        has the question's highest utility, else 0; NaN where there is no score.

    Raises:
        UserError: cost counts, but some cost is unknown.
    """
    score, cost, datasets = train.known.score, train.known.cost_usd, train.known.datasets
    there = ~np.isnan(score)
    if cost_share > 0 and np.isnan(cost[there]).any():
        raise UserError("a cost share needs the cost of every answer; give prices in the pool's model_info")
    scaled = np.zeros(cost.shape)
    for dataset in np.unique(datasets):
        inside = (datasets == dataset)[:, None] & ~np.isnan(cost)
        if inside.any() and np.ptp(cost[inside]) > 0:
            scaled[inside] = (cost[inside] - cost[inside].min()) / np.ptp(cost[inside])
    utility = np.where(there, (1.0 - cost_share) * score - cost_share * scaled, -np.inf)
    best = np.where(there, utility >= utility.max(axis=1, keepdims=True) - _TIED, np.nan)
    return np.where(there[:, :, None], np.stack([utility, scaled, score], axis=2), 0.0), best


def states(w: Mapping[str, Any], asked: Any, features: Any, weight: Any) -> Any:
    """Last states of the models: two convolutions, each with batch norm.

    Args:
        w: weights by name, tensors all.
        asked: (n, d) first states of the questions.
        features: (n, M, 3) of the edges.
        weight: (n, M) of the messages along them; 0 where an edge is hidden.

    Returns:
        (M, d).
    """
    import torch

    edge = ((features @ w["edge"].T + w["edge_shift"]).relu() * weight[:, :, None]).sum(dim=0)
    models, n = w["models"], len(asked)
    for layer in range(2):
        told = weight.T @ (asked @ w["message"][layer].T) + edge @ w["of_edge"][layer].T
        models = models + told + weight.sum(dim=0)[:, None] * w["message_shift"][layer]
        nodes = torch.cat([asked, models])
        spread = (nodes.var(dim=0, unbiased=False) + 1e-5).sqrt()
        nodes = (nodes - nodes.mean(dim=0)) / spread * w["scale"][layer] + w["centre"][layer]
        nodes = nodes.relu() if layer == 0 else nodes
        asked, models = nodes[:n], nodes[n:]
    return models


def _start(dimension: int, width: int, n_model: int, seed: int) -> dict[str, np.ndarray]:
    """First weights: uniform within 1 / sqrt(inputs) for linear layers, normal for the models, as in torch."""
    generator = np.random.default_rng(seed)

    def linear(shape: tuple[int, ...], n_in: int) -> Float2D:
        return generator.uniform(-(n_in**-0.5), n_in**-0.5, shape)

    return {
        "projection": linear((width, dimension), dimension),
        "shift": linear((width,), dimension),
        "models": generator.normal(size=(n_model, width)),
        "edge": linear((3, 3), 3),
        "edge_shift": linear((3,), 3),
        "message": linear((2, width, width), width),
        "message_shift": linear((2, width), width),
        "of_edge": linear((2, width, 3), 3),
        "scale": np.ones((2, width)),
        "centre": np.zeros((2, width)),
    }

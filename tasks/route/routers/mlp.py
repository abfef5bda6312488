"""mlp: a network with one hidden layer, shared by all models, that predicts from the embedding who is right."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import Rounded, TrainedPolicy, TrainOptions, by_name, cross_entropy, descend, mean_cost, rounded


@dataclass(frozen=True, eq=False)
class MlpPolicy(TrainedPolicy, CostPolicy):
    """A hidden layer with ReLU, and a logit per model on top of it.

    Args:
        hidden: (D, H) weights.
        bias: (H,) of the hidden layer.
        out: (H, M) weights; NaN for a model without a label.
        offset: (M,) of the logits.
        cost: (M,) mean cost of each model; NaN where unknown.
        epoch: the weights are of.
    """

    hidden: np.ndarray
    bias: np.ndarray
    out: np.ndarray
    offset: np.ndarray
    cost: np.ndarray
    epoch: int

    def predict(self, inputs: Inputs) -> Prediction:
        """Probability that each model is right, and its mean cost."""
        from scipy.special import expit

        layer = np.maximum(inputs.vectors.astype(np.float64) @ self.hidden + self.bias, 0.0)
        return Prediction.at_mean_cost(expit(layer @ self.out + self.offset), self.cost)


class MlpOptions(TrainOptions):
    """How wide the layer is, and how it is learned."""

    rate: float = Field(0.001, gt=0, description="step size of Adam")
    decay: float = Field(0.0001, ge=0, description="weight decay")
    width: int = Field(128, ge=1, description="H, of the hidden layer")
    dropout: float = Field(0.3, ge=0, lt=1, description="share of the hidden layer that is silent in a step")
    labels: Rounded = Field("no", description="fractional scores as labels: no rounding, down, up")


@routers.register("mlp")
class Mlp(Router[MlpOptions]):
    """Cross-entropy by Adam with dropout; the epoch is the best one on what is held out."""

    Options = MlpOptions
    policy = MlpPolicy

    def fit(self, train: Train, report: Progress) -> MlpPolicy:
        """The network of the epoch with the least cross-entropy on what is held out."""
        import torch

        options, (ordered, place) = self.options, by_name(train)
        vectors = torch.from_numpy(train.inputs.vectors)
        labels = torch.from_numpy(rounded(ordered.known.score, options.labels)).float()

        def loss(weights: dict[str, Any], rows: Any, drawn: Any) -> Any:
            layer = (vectors[rows] @ weights["hidden"] + weights["bias"]).relu()
            if drawn is not None:
                heard = torch.rand(layer.shape, generator=drawn) >= options.dropout
                layer = layer * heard / (1.0 - options.dropout)
            return cross_entropy(layer @ weights["out"] + weights["offset"], labels[rows])

        d, h, m, generator = vectors.shape[1], options.width, labels.shape[1], np.random.default_rng(train.seed)
        start = {
            "hidden": generator.normal(size=(d, h)) * np.sqrt(2.0),  # vectors have unit length: layers of unit size
            "bias": np.zeros(h),
            "out": generator.normal(size=(h, m)) / np.sqrt(h),
            "offset": np.zeros(m),
        }
        found, epoch = descend(start, loss, train, options, report)
        out, offset = found["out"], found["offset"]
        out[:, np.isnan(ordered.known.score).all(axis=0)] = np.nan
        return MlpPolicy(found["hidden"], found["bias"], out[:, place], offset[place], mean_cost(train), epoch)

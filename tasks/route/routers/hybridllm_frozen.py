"""HybridLLM on frozen embeddings (LLMRouterBench reference, section 5.7): does the small model suffice?

Faithful: one strong and one weak model; the label is whether the weak one's score is at least the strong one's less a
margin; cross-entropy; the likelier class is followed. Different: a logistic head on the run's embedding stands for the
fine-tuned 7B encoder, and the threshold can be moved. From the original paper: `soft` labels (probability that the weak
one's answer is no worse, where a score is a chance), and `transformed` ones (the margin at which labels differ most).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from pydantic import Field

from profiles.arrays import Float1D, Int1D
from tasks.measure.settle import Decision, one_model
from tasks.route.contract import Inputs, Point, Prediction, Progress, Router, Train
from tasks.route.ranking import PairOptions, strong_and_weak
from tasks.route.registry import routers
from tasks.route.train import TrainedPolicy, TrainOptions, by_name, cross_entropy, descend, mean_cost

_SHARES = tuple(np.linspace(0.1, 0.9, 9).round(1).tolist())


@dataclass(frozen=True, eq=False)
class HybridLLMPolicy(TrainedPolicy):
    """When the weak model suffices.

    Args:
        weights: (D,).
        offset: (1,).
        pair: (2,) positions of the strong and the weak model.
        thresholds: of the probability, above which a tenth, two tenths … of the train questions go to the weak model.
        cost: (M,) mean cost of each model.
        epoch: the weights are of.
    """

    weights: np.ndarray
    offset: np.ndarray
    pair: np.ndarray
    thresholds: np.ndarray
    cost: np.ndarray
    epoch: int

    @property
    def points(self) -> tuple[Point, ...]:
        """The likelier class; then, by name, the share of the train questions that the weak model gets."""
        named = zip(_SHARES, self.thresholds.tolist(), strict=True)
        return (Point(), *(Point(f"weak {share:g}", knob=threshold) for share, threshold in named))

    def predict(self, inputs: Inputs) -> Prediction:
        """Probability that the weak model suffices, and that it does not; nothing of other models."""
        from scipy.special import expit

        suffices = expit(inputs.vectors.astype(np.float64) @ self.weights + self.offset)
        score = np.full((len(suffices), len(self.cost)), np.nan)
        score[:, self.pair[0]], score[:, self.pair[1]] = 1.0 - suffices, suffices
        return Prediction.at_mean_cost(score, self.cost)

    def decide(self, prediction: Prediction, point: Point) -> Decision:
        """The weak model where its probability reaches the point's threshold."""
        if point.knob is None:
            return super().decide(prediction, point)
        weak = prediction.score[:, self.pair[1]] >= point.knob
        return one_model(np.where(weak, self.pair[1], self.pair[0]), len(self.cost))


class SufficesOptions(PairOptions):
    """When the weak one of two models suffices."""

    labels: Literal["hard", "soft", "transformed"] = Field("hard", description="when the weak model suffices")
    margin: float = Field(0.0, ge=0, le=1, description="that hard labels forgive the weak model")


class HybridLLMOptions(TrainOptions, SufficesOptions):
    """Chosen on validation parts of recorded data, unless something else is said."""


@routers.register("hybridllm-frozen")
class HybridLLM(Router[HybridLLMOptions]):
    """A logistic head that tells easy questions from hard ones."""

    Options = HybridLLMOptions
    policy = HybridLLMPolicy

    def fit(self, train: Train, report: Progress) -> HybridLLMPolicy:
        """The head of the epoch with the least cross-entropy on what is held out."""
        import torch

        vectors, (pair, told) = torch.from_numpy(train.inputs.vectors), pair_and_labels(train, self.options)
        labels = torch.from_numpy(told).float()

        def loss(weights: dict[str, Any], rows: Any, drawn: Any) -> Any:
            return cross_entropy(vectors[rows] @ weights["weights"] + weights["offset"], labels[rows])

        start = {"weights": np.zeros(vectors.shape[1]), "offset": np.zeros(1)}
        found, epoch = descend(start, loss, train, self.options, report)
        return with_thresholds(found, pair, epoch, train, train.inputs)


def pair_and_labels(train: Train, options: SufficesOptions) -> tuple[np.ndarray, np.ndarray]:
    """(2,) positions of the strong and the weak model; (n,) labels as of `suffices`."""
    ordered, place = by_name(train)
    pair: Int1D = np.argsort(place)[list(strong_and_weak(ordered.known, options))]
    strong, weak = train.known.score[:, pair].T
    return pair, suffices(strong, weak, options.labels, options.margin)


def with_thresholds(
    weights: Mapping[str, np.ndarray], pair: np.ndarray, epoch: int, train: Train, inputs: Inputs
) -> HybridLLMPolicy:
    """The policy of a head's weights and offset, its thresholds taken from the train questions as they are given."""
    policy = HybridLLMPolicy(**weights, pair=pair, thresholds=np.empty(0), cost=mean_cost(train), epoch=epoch)
    said = policy.predict(inputs).score[:, pair[1]]
    return replace(policy, thresholds=np.quantile(said, [1.0 - share for share in _SHARES]))


def suffices(strong: np.ndarray, weak: np.ndarray, labels: str, margin: float) -> np.ndarray:
    """Whether the weak model suffices, as a probability, NaN where a score is unknown.

    Args:
        strong: (n,) score of the strong model.
        weak: (n,) score of the weak one.
        labels: hard: weak >= strong - margin; soft: 1 - P(strong right) P(weak wrong); transformed: as hard, with the
            margin at which labels differ most.
        margin: of hard labels.
    """
    lost = strong - weak
    if labels == "soft":
        return np.asarray(1.0 - strong * (1.0 - weak))
    if labels == "transformed":
        known = lost[~np.isnan(lost)]
        offered = np.unique(np.append(known[known > 0], 0.0))  # no label moves between two of these
        margin = float(offered[np.argmin([abs((known <= one).sum() - len(known) / 2) for one in offered])])
    hard: Float1D = np.where(np.isnan(lost), np.nan, lost <= margin)
    return hard

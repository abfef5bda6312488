"""MODEL-SAT without its two language models (LLMRouterBench reference, section 5.3): a capability-card logit.

Faithful: a model is known by its accuracies alone (in the train part's datasets; the reference: in 14 categories of
MMLU-Pro), and what is learned is whether it can answer, from question and card. Different: a logistic model of the
question's embedding, the card and all their products stands for the 7B embedder, projector and reader of the prompt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from tasks.measure.settle import members, weighted_means
from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import (
    Rounded,
    TrainedPolicy,
    TrainOptions,
    by_name,
    cross_entropy,
    descend,
    held_out,
    mean_cost,
    rounded,
)


@dataclass(frozen=True, eq=False)
class ModelSatPolicy(TrainedPolicy, CostPolicy):
    """The logistic model, and the cards.

    Args:
        question: (D,) weights of a question's vector.
        card: (C,) weights of a card.
        product: (D, C) weights of their products.
        offset: (1,).
        cards: (M, C) accuracy of each model in each dataset less the pool's, NaN for a model without a label.
        cost: (M,) mean cost of each model.
        epoch: the weights are of.
    """

    question: np.ndarray
    card: np.ndarray
    product: np.ndarray
    offset: np.ndarray
    cards: np.ndarray
    cost: np.ndarray
    epoch: int

    def predict(self, inputs: Inputs) -> Prediction:
        """Probability that each model can answer, and its mean cost."""
        from scipy.special import expit

        vectors = inputs.vectors.astype(np.float64)
        logits = (vectors @ self.question)[:, None] + (vectors @ self.product + self.card) @ self.cards.T + self.offset
        return Prediction.at_mean_cost(expit(logits), self.cost)


class LabelOptions(BaseModel):
    """What a score is as a label."""

    labels: Rounded = Field("no", description="fractional scores as labels: no rounding, down, up; published: up")


class ModelSatOptions(LabelOptions, TrainOptions):
    """Chosen on validation parts of recorded data, unless something else is said."""


@routers.register("modelsat-frozen")
class ModelSat(Router[ModelSatOptions]):
    """A logistic model of question, capability card and their products."""

    Options = ModelSatOptions
    policy = ModelSatPolicy

    def fit(self, train: Train, report: Progress) -> ModelSatPolicy:
        """The logistic model of the epoch with the least cross-entropy on what is held out."""
        import torch

        ordered, place = by_name(train)
        cards = cards_of(ordered)
        vectors, shown = torch.from_numpy(train.inputs.vectors), torch.from_numpy(np.nan_to_num(cards)).float()
        labels = torch.from_numpy(rounded(ordered.known.score, self.options.labels)).float()

        def loss(weights: dict[str, Any], rows: Any, drawn: Any) -> Any:
            return cross_entropy(can_answer(vectors[rows], shown, weights), labels[rows])

        start = first_logit(vectors.shape[1], shown.shape[1])
        found, epoch = descend(start, loss, train, self.options, report)
        return ModelSatPolicy(**found, cards=cards[place], cost=mean_cost(train), epoch=epoch)


def first_logit(d: int, c: int) -> dict[str, np.ndarray]:
    """The logistic model before anything is learned, of vectors of d and cards of c dimensions."""
    return {"question": np.zeros(d), "card": np.zeros(c), "product": np.zeros((d, c)), "offset": np.zeros(1)}


def can_answer(vectors: Any, cards: Any, weights: Mapping[str, Any]) -> Any:
    """(B, M) logits of B questions and the models of these cards, tensors."""
    own = (vectors @ weights["question"])[:, None] + weights["offset"]
    return own + (vectors @ weights["product"] + weights["card"]) @ cards.T


def cards_of(train: Train) -> np.ndarray:
    """(M, C) accuracy in each dataset less the pool's, of the questions that are learned from; NaN: without a label."""
    scores = np.where(held_out(train)[:, None], np.nan, train.known.score)
    datasets = train.known.datasets
    accuracy = weighted_means(scores, members(datasets))
    heard = ~np.isnan(accuracy)
    mean = np.where(heard, accuracy, 0.0).sum(axis=1, keepdims=True) / np.maximum(heard.sum(axis=1, keepdims=True), 1)
    cards = np.where(heard, accuracy - mean, 0.0).T
    cards[~heard.any(axis=0)] = np.nan
    return cards

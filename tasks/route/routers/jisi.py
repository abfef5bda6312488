"""JiSi (magent4aci/openJiSi), its first half: neighbours by what is asked *and* by what models say to it.

Faithful: support questions are found by the question's vector; of them those are kept whose mean of the question's
similarity and of that of the answers (a mean over the models that were asked) is highest; a model's score is its mean
over these, weighted by that similarity. Whoever is asked before the choice is billed, which the published code's router
mode is not. Different: the same models are asked for every question, the best of the train part (published: the three
best on the question's own support, which needs every model's answers embedded); support is a fixed number of questions
(published: all above a share of the k-th similarity); lengths of answers are not compared; a missing score is unknown,
not wrong; the model's overall mean counts as one more neighbour. The second half, a model that aggregates the answers,
is what presets do. Answers must have been recorded with their words; of a new question `concertino route`, which asks
nobody, says nothing, and `ask` and `serve` ask these models first. On `routerbench-slices` (2026-11-26, beside
`concertino`, `dataset-classifier` and `knn`): -0.1 points (-1.3 to +1.1) against the best single model, at 1.17 calls a
question and 104 % of its cost: not shown to help.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from profiles.arrays import Float2D
from profiles.top import exact
from tasks.measure.settle import Decision, weighted_means
from tasks.route.contract import Inputs, Point, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.ranking import ranked
from tasks.route.registry import routers
from tasks.route.train import by_name, mean_cost
from warehouse.errors import UserError

_BLOCK = 256  # questions whose neighbours' answers are in memory at once


@dataclass(frozen=True, eq=False)
class JiSiPolicy(CostPolicy):
    """The train questions with the answers of those who are always asked.

    Args:
        vectors: (n, D) of the questions.
        answers: (n, K, D) of what the asked said.
        scores: (n, M), NaN where unknown.
        names: (K,) of the asked.
        asked: (K,) their positions.
        cost: (M,) mean cost of a question whose answer is the model's, with that of all who are asked.
        support: questions that are looked at.
        kept: of them, by both similarities.
        query_weight: of the question's similarity, the rest being the answers'.
    """

    vectors: np.ndarray
    answers: np.ndarray
    scores: np.ndarray
    names: np.ndarray
    asked: np.ndarray
    cost: np.ndarray
    support: int
    kept: int
    query_weight: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Who is always asked."""
        return {"asked": self.names.tolist()}

    @property
    def heard(self) -> Sequence[int]:
        """Positions of those who are always asked."""
        found: list[int] = self.asked.tolist()
        return found

    def predict(self, inputs: Inputs) -> Prediction:
        """Mean score over the neighbours, and what a question costs that ends with the model.

        Raises:
            UserError: nobody has answered these questions yet.
        """
        if inputs.said is None:
            raise UserError(
                f"this policy reads the answers of {', '.join(self.names)} before it chooses, and none is there: "
                "`concertino ask --preset ID` and `concertino serve` ask them first"
            )
        near, similarity = exact(self.vectors, inputs.vectors, self.support)
        alike = [self._alike(inputs.said(str(name)), near, at) for at, name in enumerate(self.names)]
        mixed = self.query_weight * similarity + (1.0 - self.query_weight) * np.mean(alike, axis=0)
        best = np.argsort(-mixed, axis=1, kind="stable")[:, : self.kept]
        weights = np.clip(np.take_along_axis(mixed, best, axis=1), 0.0, None)
        score = _mean(self.scores, np.take_along_axis(near, best, axis=1), weights)
        return Prediction.at_mean_cost(score, self.cost)

    def _alike(self, said: np.ndarray, near: np.ndarray, at: int) -> np.ndarray:
        """How alike an answer is to those of its question's neighbours; some questions at a time, for memory's sake."""
        parts = [slice(start, start + _BLOCK) for start in range(0, len(near), _BLOCK)]
        found = [np.einsum("qd,qsd->qs", said[part], self.answers[near[part], at]) for part in parts]
        return np.concatenate(found) if found else np.zeros(near.shape, np.float32)

    def decide(self, prediction: Prediction, point: Point) -> Decision:
        """The chosen model beside those who are always asked."""
        decision = super().decide(prediction, point)
        decision.asked[:, self.asked] = True
        return decision


class JiSiOptions(BaseModel):
    """How much is looked at; the published code's own numbers stand in files that are not published."""

    model_config = ConfigDict(extra="forbid")

    needles: int = Field(1, ge=1, description="best models of the train part, asked every question; published: 3")
    support: int = Field(100, ge=1, description="train questions most like the question; at most all of them")
    kept: float = Field(0.5, gt=0, le=1, description="share of them that counts, by both similarities")
    query_weight: float = Field(0.5, ge=0, le=1, description="of the question's similarity; 1: answers count nothing")


@routers.register("jisi")
class JiSi(Router[JiSiOptions]):
    """Remember the train questions, and what the best models said to them."""

    Options = JiSiOptions
    policy = JiSiPolicy

    def fit(self, train: Train, report: Progress) -> JiSiPolicy:
        """The train part with its answers.

        Raises:
            UserError: the words of these answers were not recorded.
        """
        options, (ordered, place) = self.options, by_name(train)
        best = ranked(ordered.known, np.ones(len(train.validation), dtype=bool))[: options.needles]
        asked = np.array([int(np.flatnonzero(place == one)[0]) for one in best])
        names = [train.known.models[at] for at in asked]
        assert train.inputs.said is not None
        answers = np.stack([train.inputs.said(name) for name in names], axis=1)
        cost, support = mean_cost(train), min(options.support, len(answers))
        whole = cost[asked].sum() + np.where(np.isin(np.arange(len(cost)), asked), 0.0, cost)
        return JiSiPolicy(
            train.inputs.vectors,
            answers,
            train.known.score,
            np.array(names),
            asked,
            whole,
            support,
            max(1, int(support * options.kept)),
            options.query_weight,
        )


def _mean(scores: np.ndarray, near: np.ndarray, weights: np.ndarray) -> Float2D:
    """(Q, M) weighted mean known score over (Q, k) neighbours, the overall mean counting as one more."""
    overall = weighted_means(scores)
    known, labels = ~np.isnan(scores), np.nan_to_num(scores)
    total = np.einsum("qk,qkm->qm", weights, labels[near])
    seen = np.einsum("qk,qkm->qm", weights, known[near].astype(np.float64))
    mean: Float2D = (total + overall) / (seen + 1.0)
    return mean

"""What a router is: something that learns from a train part to predict, per model, the score and the cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from profiles.arrays import Bool1D, Int1D
from profiles.outcomes import OutcomeMatrix
from profiles.schema import ModelInfo
from tasks.measure.settle import Decision, members, one_model
from warehouse.errors import UserError

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""
Said = Callable[[str], np.ndarray]
"""Answers of a model, embedded; see `Inputs`."""
_MEASURED = 0.5  # a mean over a few easy questions says nothing about a model
_ARRAYS = "policy.npz"


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a router may know of questions before they are answered.

    Args:
        texts: n texts.
        vectors: (n, D) float32, unit length.
        said: model → (n, D) what it answered, embedded likewise; 0 where its words are not known. Who looks at it has
            asked that model. None: nobody was asked yet.
    """

    texts: Sequence[str]
    vectors: np.ndarray
    said: Said | None = None

    def rows(self, at: np.ndarray) -> "Inputs":
        """The same of the questions at these positions."""
        said = self.said
        return Inputs(
            [self.texts[place] for place in at],
            self.vectors[at],
            None if said is None else lambda model: said(model)[at],
        )


@dataclass(frozen=True, eq=False)
class Train:
    """All that a router may see. n questions, M models in pool order.

    Args:
        known: what every model got; scores are NaN where there is no verdict (missing is not wrong), and throughout
            for a model that is not `measured`: no router sends questions to a model of which next to nothing is known.
        inputs: the questions.
        validation: (n,) whether a question is of the validation part, to choose between settings on; of the test part
            where the router asks for that (`Router.chosen_on`).
        cards: model → what its pool says of it.
        seed: of anything the router draws.
    """

    known: OutcomeMatrix
    inputs: Inputs
    validation: np.ndarray
    cards: Mapping[str, ModelInfo]
    seed: int

    def __post_init__(self) -> None:
        seen = np.where(measured(self.known.score, self.known.datasets), self.known.score, np.nan)
        object.__setattr__(self, "known", replace(self.known, score=seen))


class Prediction(NamedTuple):
    """What is predicted of Q questions and M models.

    Args:
        score: (Q, M), higher is better.
        cost: (Q, M) in USD, NaN where it cannot be told.
        shares: (Q, K) what a rule of the policy's own decides by besides, such as the clusters it listens to.
    """

    score: np.ndarray
    cost: np.ndarray
    shares: np.ndarray | None = None

    @classmethod
    def at_mean_cost(cls, score: np.ndarray, cost: np.ndarray) -> Self:
        """These scores, (Q, M), and for every question each model's mean cost, (M,)."""
        return cls(score, np.tile(cost, (len(score), 1)))


@dataclass(frozen=True, slots=True)
class Point:
    """An operating point: where on its curve of score over cost a policy works.

    Args:
        name: what stands in rows; empty: the policy's own, which it works at unless told otherwise.
        cost_weight: lambda, in score per US dollar; 0 ignores cost.
        knob: what a policy with a rule of its own turns, such as a threshold; None: nothing.
    """

    name: str = ""
    cost_weight: float = 0.0
    knob: float | None = None


class Policy:
    """A fitted router. A dataclass of arrays, numbers and texts needs to write `predict` alone."""

    @property
    def parameters(self) -> dict[str, Any]:
        """What fitting chose, small enough to be kept as JSON."""
        return {}

    @property
    def points(self) -> tuple[Point, ...]:
        """Where it can work: its own point, chosen without the test part, then others, each of another name."""
        return (Point(),)

    @property
    def heard(self) -> Sequence[int]:
        """Positions of the models whose answers `predict` looks at: they are asked in any case."""
        return ()

    def predict(self, inputs: Inputs) -> Prediction:
        """Predictions for Q questions; what is said of one depends on no other."""
        raise NotImplementedError

    def decide(self, prediction: Prediction, point: Point) -> Decision:
        """Whom to ask: by default the one model of `choose`."""
        return one_model(choose(prediction, point.cost_weight), prediction.score.shape[1])

    def save(self, folder: Path) -> None:
        """Keep everything in a folder, so that `load` gives the same policy in another process."""
        np.savez(folder / _ARRAYS, **{one.name: getattr(self, one.name) for one in fields(self)})  # type: ignore[arg-type]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` kept."""
        with np.load(folder / _ARRAYS) as kept:
            return cls(**{name: one if (one := kept[name]).ndim else one.item() for name in kept.files})


class NoOptions(BaseModel):
    """There is nothing to set."""

    model_config = ConfigDict(extra="forbid")


_Options = TypeVar("_Options", bound=BaseModel)


class Router(Generic[_Options]):
    """A way to learn a policy; one per file in `tasks/route/routers`, its class registered by name.

    Attributes:
        Options: what can be set, with the defaults; a file in `profiles/routers` sets it.
        policy: what `fit` makes.
        version: another one, and what was fitted before is fitted anew.
    """

    Options: ClassVar[type[BaseModel]] = NoOptions
    policy: ClassVar[type[Policy]]
    version: ClassVar[str] = "1"

    def __init__(self, options: _Options | None = None) -> None:
        self.options: _Options = options or self.Options()  # type: ignore[assignment]

    @property
    def chosen_on(self) -> str:
        """Part of the split that its epoch or knobs are chosen on; train, unless an option or the router says."""
        return str(getattr(self.options, "chosen_on", "train"))

    def fit(self, train: Train, report: Progress) -> Policy:
        """Learn from the train part alone; `report` may be told how far it is."""
        raise NotImplementedError


def nobody_listens(done: int, of: int) -> None:
    """A `Progress` for fits that nobody watches."""


def choose(prediction: Prediction, cost_weight: float = 0.0) -> np.ndarray:
    """The one decision rule: the model with the highest predicted score - cost_weight * predicted cost.

    Args:
        prediction: of Q questions and M models.
        cost_weight: lambda, in score per US dollar; 0 ignores cost.

    Returns:
        (Q,) index of the chosen model; ties go to the first model of the pool. A model without a prediction (NaN)
        is chosen only when no model has one.

    Raises:
        UserError: cost counts, but some predicted cost is unknown.
    """
    value = prediction.score
    if cost_weight > 0:
        if np.isnan(prediction.cost).any():
            raise UserError("a cost weight needs the cost of every model; give prices in the pool's model_info")
        value = value - cost_weight * prediction.cost
    best: Int1D = np.argmax(np.where(np.isnan(value), -np.inf, value), axis=1)
    return best


def measured(scores: np.ndarray, datasets: np.ndarray) -> np.ndarray:
    """Models with a verdict on at least half of the questions of every dataset; all where there is no such model.

    Args:
        scores: (n, M), NaN where there is no verdict.
        datasets: (n,) dataset of each question.

    Returns:
        (M,) whether.
    """
    inside = members(datasets)
    share = inside @ ~np.isnan(scores) / inside.sum(axis=1, keepdims=True)
    enough: Bool1D = (share >= _MEASURED).all(axis=0)
    return enough if enough.any() else ~enough

"""guarded: any router, followed only where similar train questions show that it gains on the best single model.

A router leaves the best single model for another one. Here it may do so only for a question
- that is like the train part: the mean similarity to its nearest train questions is above a floor, and
- among whose nearest train questions the other model's score above the best single one's, question by question, has a
  mean above `caution` standard errors (twice as many where the other model is dearer, or a cost is not known).
As in experientiallabs/experiential (pull requests 256, 259 and 264), where kNN under such a guard was the one of 1,500
configurations that held; here a difference of 0 counts as one more neighbour, and the floor is a quantile of the train
questions' own similarities. Points that trade score for cost are the router's own: they are not guarded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from profiles.arrays import Float1D
from profiles.router_profile import RouterProfile
from profiles.top import exact
from tasks.measure.settle import Decision, one_model
from tasks.route.contract import Inputs, Point, Policy, Prediction, Progress, Router, Train
from tasks.route.ranking import ranked
from tasks.route.registry import router_of, routers
from tasks.route.train import by_name, mean_cost
from warehouse.errors import unknown_name

_DEARER = 2.0
_ARRAYS, _WITHIN = "guard.npz", "guarded"


@dataclass(frozen=True, eq=False)
class GuardedPolicy(Policy):
    """A policy and the train questions that say where it is to be followed.

    Args:
        within: the policy.
        router: name of its plug-in.
        vectors: (n, D) of the train questions.
        gaps: (n, M) score above the fallback's; NaN where either is unknown.
        cautions: (M,) standard errors that a model must clear.
        fallback: position of the best single model.
        k: nearest train questions that are looked at.
        floor: mean similarity to them.
    """

    within: Policy
    router: str
    vectors: np.ndarray
    gaps: np.ndarray
    cautions: np.ndarray
    fallback: int
    k: int
    floor: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the policy within, and the floor."""
        return {**self.within.parameters, "floor": self.floor}

    @property
    def points(self) -> tuple[Point, ...]:
        """Those of the policy within."""
        return self.within.points

    @property
    def heard(self) -> Sequence[int]:
        """Those of the policy within."""
        return self.within.heard

    def predict(self, inputs: Inputs) -> Prediction:
        """As of the policy within; its shares, and last (Q, 1) what its own choice is seen to gain at least."""
        found = self.within.predict(inputs)
        chosen = self.within.decide(found, Point()).chosen
        near, similarity = exact(self.vectors, inputs.vectors, self.k)
        least = lower_bound(self.gaps[near, chosen[:, None]], self.cautions[chosen])
        # The fallback itself has no gain; nor has whoever is drawn: nobody knows who that will be.
        least[(similarity.mean(axis=1) < self.floor) | (chosen < 0)] = 0.0
        within = np.empty((len(least), 0)) if found.shares is None else found.shares
        return found._replace(shares=np.column_stack([within, least]))

    def decide(self, prediction: Prediction, point: Point) -> Decision:
        """As the policy within; at the own point the fallback where no gain is seen."""
        n, m = prediction.score.shape
        assert prediction.shares is not None
        within, least = prediction.shares[:, :-1], prediction.shares[:, -1]
        decision = self.within.decide(prediction._replace(shares=within if within.size else None), point)
        if point.name:
            return decision
        kept, followed = one_model(np.full(n, self.fallback), m), least > 0
        kept.asked[:, list(self.heard)] = True
        return Decision(
            np.where(followed, decision.chosen, kept.chosen), np.where(followed[:, None], decision.asked, kept.asked)
        )

    def save(self, folder: Path) -> None:
        """The policy within in a folder of its own."""
        (folder / _WITHIN).mkdir()
        self.within.save(folder / _WITHIN)
        own = {name: one for name, one in vars(self).items() if name != "within"}
        np.savez(folder / _ARRAYS, version=routers.get(self.router).version, **own)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` kept.

        Raises:
            ValueError: the policy within is of another version of its router.
        """
        with np.load(folder / _ARRAYS) as kept:
            own = {name: one if (one := kept[name]).ndim else one.item() for name in kept.files}
        kind = routers.get(own["router"])
        if own.pop("version") != kind.version:
            raise ValueError("the guarded policy is of another version of its router")
        return cls(within=kind.policy.load(folder / _WITHIN), **own)


class GuardedOptions(BaseModel):
    """Whom to guard, and how."""

    model_config = ConfigDict(extra="forbid")

    router: str = Field("knn", description="name of the router that is guarded")
    options: dict[str, Any] = Field(default_factory=dict, description="of that router")
    neighbours: int = Field(50, ge=2, description="nearest train questions that are looked at; at most all of them")
    caution: float = Field(0.5, ge=0, description="standard errors that the gain over the best single model must clear")
    novel: float = Field(0.05, ge=0, lt=1, description="share of the train questions that would be below the floor")

    @computed_field(description="of the guarded router: another one, and it is fitted anew")  # type: ignore[prop-decorator]
    @property
    def version(self) -> str:
        """Version of the guarded router."""
        return routers.get(self.router).version

    @model_validator(mode="after")
    def _can_be_set_so(self) -> Self:
        if self.guarded().chosen_on == "test":
            raise ValueError("what chooses on the test part is not guarded, for the guard would see that part, too")
        return self

    def guarded(self) -> Router[Any]:
        """The router within.

        Raises:
            UserError: there is no such router, or it has no such option.
        """
        if self.router not in routers.names():
            raise unknown_name("router", self.router, routers.names())
        return router_of(RouterProfile(name=self.router, router=self.router, options=self.options))


@routers.register("guarded")
class Guarded(Router[GuardedOptions]):
    """A router and, beside it, the paired differences of all models to the best single one on the train part."""

    Options = GuardedOptions
    policy = GuardedPolicy

    @property
    def chosen_on(self) -> str:
        """As of the router within."""
        return self.options.guarded().chosen_on

    def fit(self, train: Train, report: Progress) -> GuardedPolicy:
        """The router's fit, and what the guard looks at."""
        options, (ordered, place) = self.options, by_name(train)
        best = ranked(ordered.known, np.ones(len(train.validation), dtype=bool))[0]
        fallback, vectors = int(np.flatnonzero(place == best)[0]), train.inputs.vectors
        cost, k = mean_cost(train), min(options.neighbours, len(vectors))
        _, similarity = exact(vectors, vectors, min(k + 1, len(vectors)))
        return GuardedPolicy(
            options.guarded().fit(train, report),
            options.router,
            vectors,
            train.known.score - train.known.score[:, [fallback]],
            options.caution * np.where(cost <= cost[fallback], 1.0, _DEARER),
            fallback,
            k,
            float(np.quantile(similarity[:, 1:].mean(axis=1), options.novel)) if len(vectors) > 1 else -1.0,
        )


def lower_bound(gaps: np.ndarray, cautions: np.ndarray) -> np.ndarray:
    """Mean gap less so many standard errors, a gap of 0 counting as one more.

    Args:
        gaps: (Q, k), NaN where unknown.
        cautions: (Q,).

    Returns:
        (Q,); 0 where no gap is known.
    """
    count, known = (~np.isnan(gaps)).sum(axis=1) + 1, np.nan_to_num(gaps)
    mean = known.sum(axis=1) / count
    spread = np.square(known).sum(axis=1) / count - mean**2
    least: Float1D = mean - cautions * np.sqrt(np.maximum(spread, 0.0) / np.maximum(count - 1, 1))
    return least

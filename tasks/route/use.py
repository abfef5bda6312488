"""A policy that an evaluation fitted, on questions nobody has answered yet."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from profiles.outcomes import known
from tasks.route.contract import Inputs, Point, Policy
from tasks.route.fit import points_of
from tasks.route.registry import routers
from warehouse.connect import rows
from warehouse.errors import UserError, unknown_name
from warehouse.policies import kept_policy

_IDENTITY = re.compile(r"[0-9a-f]{16,64}")
_AGAIN = "run `concertino evaluate` for its profile, which fits it anew"


@dataclass(frozen=True, eq=False)
class UsablePolicy:
    """A fitted policy and what it takes to use it.

    Args:
        policy_id: its identity.
        router: name of the router's setting.
        models: M names, in the order of its predictions.
        embedder: as a run profile names it.
        vectors: of which embedder it was fitted on: its full name.
        policy: itself.
        points: where it can work, its own point first.
    """

    policy_id: str
    router: str
    models: tuple[str, ...]
    embedder: str
    vectors: str
    policy: Policy
    points: tuple[Point, ...]

    def point(self, name: str) -> Point:
        """The operating point of that name.

        Raises:
            UserError: there is none.
        """
        found = {point.name: point for point in self.points}
        if name and not any(found):
            raise UserError(
                f"policy {self.policy_id} ({self.router}) works at its own operating point alone; name none"
            )
        if name not in found:
            raise unknown_name("operating point", name, [point for point in found if point])
        return found[name]


@dataclass(frozen=True, slots=True)
class Advice:
    """What a policy says of a model for one question; None where it says nothing."""

    model: str
    score: float | None
    cost_usd: float | None
    chosen: bool


def policy_id_of(wanted: str, profile: str | None = None) -> str:
    """The policy that is meant: an id, the beginning of one, or a router's name, of which the newest counts.

    Args:
        wanted: what a user calls it.
        profile: the run profile whose routers a name can mean; None: everybody's.

    Raises:
        UserError: there is none, or several ids begin so.
    """
    found = rows("policy_named", wanted=wanted, profile=profile)
    if found.is_empty():
        where = f" in a run of profile '{profile}'" if profile else ""
        raise UserError(f"there is no fitted policy '{wanted}'{where}; `concertino queries policies` lists them")
    named = found.filter(found["is_named"])
    if named.is_empty() and len(found) > 1:
        raise UserError(f"{len(found)} policies begin with '{wanted}'; give more of the id")
    return str((found if named.is_empty() else named)["policy_id"][0])


def is_policy_id(name: str) -> bool:
    """Whether a name can be a policy's id, which leads to a folder."""
    return _IDENTITY.fullmatch(name) is not None


@lru_cache(maxsize=32)
def usable_policy(policy_id: str) -> UsablePolicy:
    """A policy that is kept below `policies/`; the warehouse is not opened.

    Raises:
        UserError: it is not there, is damaged, or was fitted by another version of its router.
    """
    kept = kept_policy(policy_id) if is_policy_id(policy_id) else None
    if kept is None:
        raise UserError(f"there is no fitted policy '{policy_id}'; `concertino queries policies` lists them")
    told = kept.manifest
    if not {"router", "version", "setting", "models", "embedder", "vectors"} <= told.keys():
        raise UserError(f"policy '{policy_id}' was kept by an earlier version of Concertino; {_AGAIN}")
    kind = routers.get(told["router"])
    if kind.version != told["version"]:
        raise UserError(
            f"policy '{policy_id}' is of version {told['version']} of its router, which is at {kind.version}; {_AGAIN}"
        )
    try:
        policy = kind.policy.load(kept.folder)
    except Exception as error:  # a plug-in may raise anything
        raise UserError(f"policy '{policy_id}' cannot be read ({type(error).__name__}); {_AGAIN}") from error
    points = points_of(policy, told["setting"])
    return UsablePolicy(
        policy_id, told["setting"], tuple(told["models"]), told["embedder"], told["vectors"], policy, points
    )


def advise(usable: UsablePolicy, inputs: Inputs, point: Point) -> list[Advice]:
    """What a policy says of every model for one question: the chosen one first, then by predicted score.

    Args:
        usable: the policy.
        inputs: of one question, embedded as it was fitted.
        point: where it works.
    """
    prediction = usable.policy.predict(inputs)
    decision = usable.policy.decide(prediction, point)
    scores, costs = prediction.score[0], prediction.cost[0]
    likely = np.argsort(-np.where(np.isnan(scores), -np.inf, scores), kind="stable")
    chosen = int(decision.chosen[0])
    if chosen < 0:  # one of those asked, by chance: live, the likeliest of them
        chosen = int(next(at for at in likely if decision.asked[0, at]))
    order = [chosen, *(int(at) for at in likely if at != chosen)]
    return [Advice(usable.models[at], known(scores[at]), known(costs[at]), at == chosen) for at in order]

"""Routers and null baselines by name; others add theirs through entry points (`concertino.routers`, `.baselines`)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import ValidationError

from profiles.load import router_names
from profiles.outcomes import OutcomeMatrix
from profiles.registry import BASELINES, ROUTERS, Registry
from profiles.router_profile import RouterProfile
from tasks.measure.settle import Decision
from tasks.route.contract import Router
from warehouse.errors import UserError, fault_of, unknown_name

Baseline = Callable[[OutcomeMatrix, np.ndarray, np.ndarray], Decision | None]
"""What every router and collaboration must be compared with: a matrix of Q questions, (Q,) whether one may
be learned from, (Q,) whether it is tested → whom it asks where it is tested (what it says of other questions is not
looked at); None where it cannot be told. Only an oracle may look at tested questions' scores."""

routers: Registry[type[Router[Any]]] = Registry("router", ROUTERS)
baselines: Registry[Baseline] = Registry("baseline", BASELINES)


def router_of(profile: RouterProfile) -> Router[Any]:
    """The router of a setting.

    Raises:
        UserError: there is no such router, or it has no such option.
    """
    if profile.router not in routers.names():
        raise unknown_name("router", profile.router, sorted({*routers.names(), *router_names()}))
    kind = routers.get(profile.router)
    try:
        return kind(kind.Options.model_validate(profile.options))
    except ValidationError as error:
        where, wrong = fault_of(error)
        raise UserError(f"router '{profile.name}': options{where and f'.{where}'}: {wrong}") from error

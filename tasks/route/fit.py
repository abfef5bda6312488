"""Fit a router on the questions of a split that are not tested, and predict for those that are."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from profiles.outcomes import OutcomeMatrix
from profiles.schema import ModelInfo
from profiles.split import refuse_empty_part
from tasks.route.contract import Inputs, Point, Policy, Prediction, Router, Train, nobody_listens
from warehouse.errors import UserError


class Fitted(NamedTuple):
    """A fitted policy, what it predicts for the T test questions in the matrix' order, and the seconds of the fit."""

    policy: Policy
    prediction: Prediction
    fit_s: float


def fit(
    router: Router[Any],
    matrix: OutcomeMatrix,
    inputs: Inputs,
    parts: np.ndarray,
    cards: Mapping[str, ModelInfo],
    seed: int,
) -> Fitted:
    """Fit and predict; the router never sees what models got on test questions, unless its options say that it chooses
    on them, which is a published defect.

    Args:
        router: what is fitted.
        matrix: what every model got on Q questions.
        inputs: the Q questions.
        parts: (Q,) train, validation or test; of another part the router sees nothing.
        cards: what the pool says of its models.
        seed: of the router's own draws.

    Raises:
        UserError: the train or the test part is empty.
    """
    known, tested = (parts == "train") | (parts == "validation"), parts == "test"
    refuse_empty_part(known, tested, seed)
    peeks = router.chosen_on == "test"
    seen, asked = np.flatnonzero(known | tested if peeks else known), np.flatnonzero(tested)
    held = parts[seen] == ("test" if peeks else "validation")
    train = Train(matrix.rows(seen), inputs.rows(seen), held, cards, seed)
    started = time.perf_counter()
    policy = router.fit(train, nobody_listens)
    fit_s = time.perf_counter() - started
    return Fitted(policy, policy.predict(inputs.rows(asked)), fit_s)


def points_of(policy: Policy, router: str) -> tuple[Point, ...]:
    """The operating points of a policy, its own first.

    Args:
        policy: whose they are.
        router: its name.

    Raises:
        UserError: its own point does not come first, or two have one name.
    """
    points = tuple(policy.points)
    names = [point.name for point in points]
    if names[:1] != [""] or len(set(names)) < len(names):
        raise UserError(
            f"router '{router}' has operating points named {', '.join(map(repr, names)) or 'nothing'}; "
            "its own, named '', must come first, and each other needs a name of its own"
        )
    return points

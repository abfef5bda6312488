"""Fit routers on the train part of every seed and let them choose on its test part."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from profiles.outcomes import OutcomeMatrix
from profiles.split import refuse_empty_part
from tasks.measure.outcomes import Outcomes, of_choices
from tasks.route.contract import Router, Train, choose
from warehouse.identity import hash_parts
from warehouse.writer import now


@dataclass(frozen=True, eq=False)
class Routed:
    """One fitted policy and its choices on the test part it was not fitted on.

    Args:
        router: its name.
        seed: of the router's own draws.
        cost_weight: lambda of the decision rule.
        parameters: what fitting chose.
        fit_s: seconds it took.
        questions: (T,) positions of the test questions in the matrix.
        choices: (T,) index of the chosen model.
        scores: (T,) predicted score of the chosen model.
        costs: (T,) its predicted cost; NaN where it cannot be told.
    """

    router: str
    seed: int
    cost_weight: float
    parameters: dict[str, Any]
    fit_s: float
    questions: np.ndarray
    choices: np.ndarray
    scores: np.ndarray
    costs: np.ndarray


def route(
    name: str, router: Router, matrix: OutcomeMatrix, vectors: np.ndarray, known: np.ndarray, tested: np.ndarray,
    seed: int, cost_weight: float = 0.0,
) -> Routed:  # fmt: skip
    """Fit on the questions that are known, choose on those that are tested.

    Args:
        name: the router's name.
        router: what is fitted.
        matrix: what every model got; the router sees the train rows only.
        vectors: (Q, D) question vectors of unit length.
        known: (Q,) whether a question may be learned from.
        tested: (Q,) whether it is in the test part.
        seed: of the router's own draws.
        cost_weight: lambda of the decision rule.

    Raises:
        UserError: the train or the test part is empty.
    """
    refuse_empty_part(known, tested, seed)
    questions = np.flatnonzero(tested)
    started = time.perf_counter()
    seen = Train(vectors[known], matrix.score[known], matrix.cost_usd[known], matrix.datasets[known], seed)
    policy = router.fit(seen)
    fit_s = time.perf_counter() - started
    prediction = policy.predict(vectors[questions])
    choices = choose(prediction, cost_weight)
    at = np.arange(len(questions)), choices
    return Routed(
        name, seed, cost_weight, policy.parameters, fit_s, questions, choices, prediction.score[at], prediction.cost[at]
    )


def router_outcomes(matrix: OutcomeMatrix, routed: Sequence[Routed]) -> Outcomes:
    """Outcomes of one router over all seeds, in their order."""
    choices = np.full((len(routed), len(matrix.question_ids)), -1)
    for seed, result in enumerate(routed):
        choices[seed, result.questions] = result.choices
    return of_choices(routed[0].router, matrix, choices)


def policy_row(run_id: str, snapshot_id: str, split: str, routed: Routed) -> pl.DataFrame:
    """Row of table `policy`."""
    return pl.DataFrame(
        {
            "policy_id": _policy_id(run_id, split, routed),
            "run_id": run_id,
            "snapshot_id": snapshot_id,
            "split_id": split,
            "router": routed.router,
            "cost_weight": routed.cost_weight,
            "parameters": json.dumps(routed.parameters),
            "fit_s": routed.fit_s,
            "created_at": now(),
        }
    )


def route_rows(run_id: str, matrix: OutcomeMatrix, split: str, routed: Routed) -> pl.DataFrame:
    """Rows of table `route`: one per test question."""
    at = routed.questions, routed.choices
    return pl.DataFrame(
        {
            "policy_id": _policy_id(run_id, split, routed),
            "question_id": matrix.question_ids[routed.questions].tolist(),
            "model": [matrix.models[choice] for choice in routed.choices],
            "predicted_score": routed.scores,
            "predicted_cost": routed.costs,
            "score": matrix.score[at],
            "cost_usd": matrix.cost_usd[at],
        },
        nan_to_null=True,
    )


def _policy_id(run_id: str, split: str, routed: Routed) -> str:
    return hash_parts("policy", run_id, split, routed.router, routed.cost_weight)

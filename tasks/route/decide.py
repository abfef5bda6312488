"""Whom systems ask on the test part of every seed."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from profiles.outcomes import OutcomeMatrix
from tasks.measure.outcomes import Outcomes
from tasks.measure.result import NULLS
from tasks.measure.settle import DRAWN, Decision, settle
from tasks.route.baselines.majority import top_vote
from tasks.route.contract import Prediction
from tasks.route.registry import baselines


def decided_nulls(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray) -> Iterator[tuple[str, list[Decision]]]:
    """Every null baseline, in the order they are shown, and its decision per seed.

    One that cannot tell whom to ask on some seed, such as `cheapest` where a cost is unknown, is left out.

    Args:
        matrix: what every model got on Q questions.
        known: (S, Q) whether the question may be learned from.
        tested: (S, Q) whether the question is in the seed's test part; no other is decided.
    """
    names = baselines.names()
    for name in [*(one for one in NULLS if one in names), *(one for one in names if one not in NULLS)]:
        decide = baselines.get(name)
        decisions = [_inside(decide(matrix, *parts), parts[1]) for parts in zip(known, tested, strict=True)]
        if all(one is not None for one in decisions):
            yield name, [one for one in decisions if one is not None]


def null_systems(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray) -> list[Outcomes]:
    """What the null baselines got; parameters as of `decided_nulls`."""
    return [settle(name, matrix, decisions) for name, decisions in decided_nulls(matrix, known, tested)]


def top_voters(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray, n: int) -> Outcomes:
    """What the plain vote of each seed's n best models got; parameters as of `decided_nulls`."""
    decisions = [
        top_vote(matrix, train, n).at(test).among(np.flatnonzero(test), len(test))
        for train, test in zip(known, tested, strict=True)
    ]
    return settle(f"top-{n} vote" if n < len(matrix.models) else "majority", matrix, decisions)


def route_rows(
    policy_id: str,
    point: str,
    matrix: OutcomeMatrix,
    questions: np.ndarray,
    decision: Decision,
    prediction: Prediction | None = None,
) -> pl.DataFrame:
    """Rows of table `route`.

    Args:
        policy_id: whose decision it is.
        point: the operating point's name.
        matrix: what every model got.
        questions: (T,) positions in the matrix of the questions that are decided.
        decision: on these T questions.
        prediction: (T, M) what it goes by; None for a baseline.
    """
    models, (chosen, asked) = np.array(matrix.models, dtype=object), decision
    got = settle("", matrix.rows(questions), [decision])
    alone = (chosen != DRAWN) & (asked.sum(axis=1) == 1) & asked[np.arange(len(chosen)), chosen]
    said = [np.full(len(chosen), np.nan)] * 2
    if prediction is not None:
        said = [np.where(chosen == DRAWN, np.nan, one[np.arange(len(chosen)), chosen]) for one in prediction[:2]]
    return pl.DataFrame(
        {
            "policy_id": policy_id,
            "point": point,
            "question_id": matrix.question_ids[questions].tolist(),
            "model": np.where(chosen == DRAWN, np.array(None), models[chosen]).tolist(),
            "asked": [None if one else models[row].tolist() for one, row in zip(alone, asked, strict=True)],
            "predicted_score": said[0],
            "predicted_cost": said[1],
            "score": got.scores[0],
            "cost_usd": got.costs[0],
        },
        schema_overrides={"model": pl.String, "asked": pl.List(pl.String)},
        nan_to_null=True,
    )


def _inside(decision: Decision | None, test: np.ndarray) -> Decision | None:
    """A decision on the test part, and on nothing else."""
    return None if decision is None else decision.at(test).among(np.flatnonzero(test), len(test))

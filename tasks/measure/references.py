"""What systems are seen beside and not compared with: every model alone, and oracle and chance otherwise reckoned."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import orjson

from profiles.arrays import Float1D
from profiles.outcomes import OutcomeMatrix
from profiles.system import System
from tasks.measure.outcomes import Outcomes
from tasks.measure.settle import one_model, settle


def references(
    matrix: OutcomeMatrix, tested: np.ndarray, seeds: Sequence[int], taken: Collection[str]
) -> Iterator[tuple[System, Outcomes]]:
    """Records and outcomes of the references on the test part of every seed.

    Args:
        matrix: what every model got on Q questions.
        tested: (S, Q) whether the question is in the seed's test part.
        seeds: S, of what is drawn.
        taken: names that other systems have already.
    """
    m = len(matrix.models)
    for place, model in enumerate(matrix.models):
        system = System("model", model, "alone" if model in taken else "")
        decisions = [one_model(np.where(test, place, -1), m) for test in tested]
        yield system, replace(settle(system.label, matrix, decisions), role="model")
    for system, chosen, scores in _flavours(matrix, tested, seeds):
        decisions = [one_model(np.where(test, own, -1), m) for test, own in zip(tested, chosen, strict=True)]
        found = settle(system.label, matrix, decisions)
        given = found.scores if scores is None else np.where(np.isnan(found.calls), np.nan, scores)
        yield system, replace(found, scores=given, role="flavour")


def cheapest_right(matrix: OutcomeMatrix) -> np.ndarray:
    """(Q,) the model of lowest known cost among those with any score above 0, else among all; ties go by name."""
    right = np.nan_to_num(matrix.score) > 0
    cost = np.where(np.isnan(matrix.cost_usd), np.inf, matrix.cost_usd)
    named = np.broadcast_to(np.argsort(np.argsort(matrix.models)), cost.shape)
    first: np.ndarray = np.lexsort((named, cost, ~right), axis=1)[:, 0]
    return first


def drawn(matrix: OutcomeMatrix, seed: int) -> np.ndarray:
    """(Q,) one of the models with a score, uniformly; any where none has one."""
    known = ~np.isnan(matrix.score)
    odds = np.random.default_rng(seed).random(known.shape)
    one: np.ndarray = np.where(known, odds, -1.0).argmax(axis=1)
    return one


def beyond_chance(matrix: OutcomeMatrix) -> Float1D | None:
    """(Q,) how surely any model knows the answer, once guesses are taken out; None where no question has options.

    Of c options a model that does not know picks the right one with probability 1/c. With k of M models right,
    (k - M/c) / (1 - 1/c) is an unbiased estimate of how many know; a question counts as solved by that number, at least
    0 and at most 1. A question without options counts by its best score. Luck beyond
    its mean still counts, so this is an upper bound. NaN where no model has a score.
    """
    if "metadata" not in matrix.questions.columns:
        return None
    options = np.array([_n_option(one) for one in matrix.questions["metadata"]], dtype=np.float64)
    if np.isinf(options).all():
        return None
    known = ~np.isnan(matrix.score)
    right = np.where(known, matrix.score, 0.0)
    guess = 1 / options
    knowing = np.clip((right.sum(axis=1) - known.sum(axis=1) * guess) / (1 - guess), 0, 1)
    solved: Float1D = np.where(known.any(axis=1), np.where(np.isinf(options), right.max(axis=1), knowing), np.nan)
    return solved


def _n_option(metadata: str | None) -> float:
    """Options of a question; without end where it offers none, or one."""
    offered = orjson.loads(metadata).get("options") if metadata else None
    return float(len(offered)) if offered and len(offered) > 1 else np.inf


def _flavours(
    matrix: OutcomeMatrix, tested: np.ndarray, seeds: Sequence[int]
) -> Iterator[tuple[System, list[np.ndarray], Float1D | None]]:
    """Its record; per seed, (Q,) the model that is asked; (Q,) the scores where they are not that model's."""
    yield System("baseline", "random", "drawn"), [drawn(matrix, seed) for seed in seeds], None
    cheapest = [cheapest_right(matrix)] * len(tested)
    solved = np.where(np.isnan(matrix.score).all(axis=1), np.nan, (np.nan_to_num(matrix.score) > 0).any(axis=1))
    yield System("baseline", "oracle", "any credit"), cheapest, solved
    if (knowing := beyond_chance(matrix)) is not None:
        yield System("baseline", "oracle", "beyond chance"), cheapest, knowing

"""Decisions become outcomes here and nowhere else: who was asked, whose answer stood, what it took."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from profiles.arrays import Float2D
from profiles.outcomes import OutcomeMatrix
from tasks.measure.outcomes import Outcomes

DRAWN = -1


class Decision(NamedTuple):
    """Who is asked each question, and whose answer stands. Q questions, M models.

    Args:
        chosen: (Q,) index of the model whose answer stands; `DRAWN` for one of the asked, drawn uniformly: what that
            is expected to give counts.
        asked: (Q, M) whether a model is asked; a question that nobody is asked is not decided.
    """

    chosen: np.ndarray
    asked: np.ndarray

    def at(self, questions: np.ndarray) -> "Decision":
        """The same of some questions: positions, or (Q,) whether."""
        return Decision(self.chosen[questions], self.asked[questions])

    def among(self, questions: np.ndarray, n: int) -> "Decision":
        """The same as a decision on n questions, of which these are at the given positions; no other is decided."""
        chosen, asked = np.full(n, DRAWN), np.zeros((n, self.asked.shape[1]), dtype=bool)
        chosen[questions], asked[questions] = self.chosen, self.asked
        return Decision(chosen, asked)


def one_model(chosen: np.ndarray, n_model: int) -> Decision:
    """Ask the chosen model and nobody else.

    Args:
        chosen: (Q,) index of the model; -1 where the question is not decided.
        n_model: models of the pool.
    """
    return Decision(chosen, chosen[:, None] == np.arange(n_model))


def settle(system: str, matrix: OutcomeMatrix, decisions: Sequence[Decision]) -> Outcomes:
    """What a system's decisions gave and took.

    Calls and cost are sums over those of the asked who answered; who is asked alone counts in any case, and costs
    what is not known where there is no answer. One who is drawn is one call, of mean score and cost.

    Args:
        system: its name.
        matrix: what every model got on Q questions.
        decisions: one per seed, on all Q questions.
    """
    parts = zip(*(_settled(matrix, one) for one in decisions), strict=True)
    scores, costs, calls, response_ids = (np.stack(part) for part in parts)
    return Outcomes(system, scores, costs, calls, response_ids)


def weighted_means(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Weighted means over the known entries of each column, one row per row of weights.

    Args:
        values: (n, M), NaN where unknown.
        weights: (K, n), not negative; None: one row, in which all weigh the same.

    Returns:
        (K, M); NaN where no known entry has weight.
    """
    weights = np.ones((1, len(values))) if weights is None else weights
    known = ~np.isnan(values)
    total = weights @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, weights @ np.where(known, values, 0.0) / total, np.nan)


def members(datasets: np.ndarray) -> np.ndarray:
    """(C, n) 1 where one of (n,) questions is of a dataset, datasets in the order of their names: weights of means."""
    inside: Float2D = (np.unique(datasets)[:, None] == datasets).astype(np.float64)
    return inside


def _settled(matrix: OutcomeMatrix, decision: Decision) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(Q,) scores, costs, calls and response ids."""
    chosen, asked = decision
    decided, drawn = asked.any(axis=1), chosen == DRAWN
    standing = np.arange(len(chosen)), np.where(drawn, 0, chosen)
    counted = asked & (matrix.answered | (asked.sum(axis=1, keepdims=True) == 1))
    score, response_id = (
        matrix.score[standing],
        np.where(decided & ~drawn, matrix.response_id[standing], np.array(None)),
    )
    cost = np.where(counted, matrix.cost_usd, 0.0).sum(axis=1)
    calls = counted.sum(axis=1).astype(np.float64)
    if (decided & drawn).any():
        expected = _expected(matrix, asked)
        score, cost = (np.where(drawn, *pair) for pair in zip(expected, (score, cost), strict=True))
        calls = np.where(drawn, 1.0, calls)
    scores, costs, made = (np.where(decided, one, np.nan) for one in (score, cost, calls))
    return scores, costs, made, response_id


def _expected(matrix: OutcomeMatrix, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(Q,) mean score and cost over the asked; the cost is unknown where that of any answer is."""
    score, cost = (weighted_means(np.where(asked, one, np.nan).T)[0] for one in (matrix.score, matrix.cost_usd))
    unknown = (asked & matrix.answered & np.isnan(matrix.cost_usd)).any(axis=1)
    return score, np.where(unknown, np.nan, cost)

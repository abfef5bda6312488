"""Null baselines: what every router and every collaboration must be compared with."""

import numpy as np

from profiles.outcomes import OutcomeMatrix
from tasks.measure.majority import plurality
from tasks.measure.outcomes import Outcomes, of_choices
from tasks.route.contract import Prediction, choose, mean_known, measured


def null_systems(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray) -> list[Outcomes]:
    """All null baselines on the test part of every seed; each is chosen on the known part, except the oracles.

    Args:
        matrix: what every model got on Q questions.
        known: (S, Q) whether the question may be learned from.
        tested: (S, Q) whether the question is in the seed's test part.

    Returns:
        best-single, random (expected: the mean over models), oracle (the best model of each question), dataset-oracle
        (the best model of each dataset's test part), cheapest (left out where a model's cost is unknown), majority.
    """
    best = np.array([best_single(matrix, train) for train in known])

    def everywhere(choice: np.ndarray) -> np.ndarray:
        return np.where(tested, choice, -1)

    systems = [
        of_choices("best-single", matrix, everywhere(best[:, None])),
        _random(matrix, tested),
        of_choices("oracle", matrix, everywhere(oracle(matrix)[None])),
        of_choices("dataset-oracle", matrix, np.stack([dataset_oracle(matrix, test) for test in tested])),
    ]
    cheap = [cheapest(matrix, train) for train in known]
    if None not in cheap:
        systems.append(of_choices("cheapest", matrix, everywhere(np.array(cheap, dtype=np.int64)[:, None])))
    return [*systems, top_vote(matrix, known, tested, len(matrix.models))]


def best_single(matrix: OutcomeMatrix, train: np.ndarray) -> int:
    """The model with the highest macro accuracy on the train questions; ties go to the first of the pool.

    Only models that are `measured` on the train questions are looked at.

    Args:
        matrix: what every model got.
        train: (Q,) the questions that may be looked at.
    """
    return int(_ranked(matrix, train)[0])


def top_vote(matrix: OutcomeMatrix, known: np.ndarray, tested: np.ndarray, n: int) -> Outcomes:
    """Plain vote of the n models with the highest macro accuracy on each seed's train questions; of all: `majority`.

    Ties go to the answer that the best of them gave, and the winner is judged by the words of the best that gave it;
    without a vote the best one's answer stands. Every question must ask all n.

    Args:
        matrix: what every model got.
        known: (S, Q) whether the question may be learned from.
        tested: (S, Q) whether the question is in the seed's test part.
        n: models that vote.
    """
    name = f"top-{n} vote" if n < len(matrix.models) else "majority"
    seeds = []
    for train, test in zip(known, tested, strict=True):
        top = _ranked(matrix, train)[:n]
        seeds.append(_vote(matrix.only([matrix.models[model] for model in top]), test[None]))
    parts = ((one.scores, one.costs, one.calls, one.response_ids) for one in seeds)
    return Outcomes(name, *(np.concatenate(part) for part in zip(*parts, strict=True)))


def _ranked(matrix: OutcomeMatrix, train: np.ndarray) -> np.ndarray:
    """(M,) models by falling macro accuracy on the train questions, those that answered too few of them last."""
    if not train.any():
        return np.arange(len(matrix.models))
    inside = _members(matrix.datasets[train])
    scores = matrix.score[train]
    accuracy = mean_known(scores, inside)
    known = ~np.isnan(accuracy)
    macro = np.where(known, accuracy, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.argsort(-np.where(measured(scores, matrix.datasets[train]), macro, -np.inf), kind="stable")


def cheapest(matrix: OutcomeMatrix, train: np.ndarray) -> int | None:
    """The model with the lowest mean cost on the train questions; None when any model's cost is unknown."""
    if not train.any():
        return None
    costs = mean_known(matrix.cost_usd[train], np.ones((1, int(train.sum()))))[0]
    return None if np.isnan(costs).any() else int(np.argmin(costs))


def oracle(matrix: OutcomeMatrix) -> np.ndarray:
    """(Q,) the best model of each question: highest score, then lowest known cost, then first in the pool."""
    score = np.where(np.isnan(matrix.score), -np.inf, matrix.score)
    cost = np.where(np.isnan(matrix.cost_usd), np.inf, matrix.cost_usd)
    return np.lexsort((cost, -score), axis=1)[:, 0]


def dataset_oracle(matrix: OutcomeMatrix, test: np.ndarray) -> np.ndarray:
    """(Q,) the best model of each dataset's own test part; -1 outside the test part."""
    choice = np.full(len(test), -1)
    for dataset in np.unique(matrix.datasets[test]):
        here = test & (matrix.datasets == dataset)
        accuracy = mean_known(matrix.score[here], np.ones((1, int(here.sum()))))
        choice[here] = choose(Prediction(accuracy, accuracy))[0]
    return choice


def _random(matrix: OutcomeMatrix, tested: np.ndarray) -> Outcomes:
    """The expectation of asking a model drawn uniformly: mean score over the models with a verdict."""
    every = np.ones((1, len(matrix.models)))
    score = mean_known(matrix.score.T, every)[0]
    unknown = (matrix.answered & np.isnan(matrix.cost_usd)).any(axis=1)
    cost = np.where(unknown, np.nan, mean_known(matrix.cost_usd.T, every)[0])
    return Outcomes(
        "random",
        np.where(tested, score, np.nan),
        np.where(tested, cost, np.nan),
        np.where(tested, 1.0, np.nan),
        np.full(tested.shape, None, dtype=object),
    )


def _vote(matrix: OutcomeMatrix, tested: np.ndarray) -> Outcomes:
    """Plurality of models given best first; without a vote, the first one's answer."""
    vote = plurality(matrix)
    stands = of_choices("", matrix, np.where(tested, np.where(vote >= 0, vote, 0), -1))
    cost = np.where(matrix.answered, matrix.cost_usd, 0.0).sum(axis=1)
    return Outcomes(
        stands.system,
        stands.scores,
        np.where(tested, cost, np.nan),
        np.where(tested, matrix.answered.sum(axis=1).astype(float), np.nan),
        stands.response_ids,
    )


def _members(datasets: np.ndarray) -> np.ndarray:
    """(D, n) indicator of each dataset's questions."""
    return (np.unique(datasets)[:, None] == datasets).astype(np.float64)

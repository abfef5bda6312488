"""Which models are asked, for questions of one split: neighbours, prior, choice, and the vote fitted on the bank."""

from dataclasses import dataclass

import numpy as np

from profiles.bank import Bank, refuse_overlap
from profiles.index import multiplied, nearest, published_prior
from profiles.outcomes import OutcomeMatrix
from profiles.prior import choose, local_accuracy, log_odds
from profiles.schema import Preset
from tasks.collaborate.vote import Vote, ballots_of, fit_vote

_SHOWN = 20  # neighbours kept as explanation
_KNOWN = 0.5  # of the labels that the best known model has; a few easy ones make no model the best
_LEARN_FROM = 5_000  # bank questions that the vote is fitted on; more teach it nothing that shows


@dataclass(frozen=True, eq=False)
class FittedPrior:
    """What a bank teaches before any question is asked.

    Args:
        vote: fitted on the bank; None when the preset has no use for it.
        cost: (P,) expected cost of an answer as a share of the dearest model's; 1 where it is unknown.
    """

    vote: Vote | None
    cost: np.ndarray


@dataclass(frozen=True, eq=False)
class Selection:
    """n questions of one split, P models.

    Args:
        split: the split's id.
        bank: the split's question bank.
        at: (n,) positions of the questions in the matrix.
        neighbours: (n, up to 20) bank positions, most similar first.
        similarity: their cosines.
        n_neighbour: (n,) bank items behind the prior.
        prior: (n, P); NaN where the prior says nothing of a model.
        ranked: (n, P) models, best first, in the order in which they are asked.
        chosen: n arrays of models, best first.
        routed: (n,) whether the best model is asked alone.
        log_odds: (n, P) of the local accuracy.
        vote: see `FittedPrior`.
    """

    split: str
    bank: Bank
    at: np.ndarray
    neighbours: np.ndarray
    similarity: np.ndarray
    n_neighbour: np.ndarray
    prior: np.ndarray
    ranked: np.ndarray
    chosen: list[np.ndarray]
    routed: np.ndarray
    log_odds: np.ndarray
    vote: Vote | None


def learn(preset: Preset, bank: Bank, matrix: OutcomeMatrix) -> FittedPrior:
    """Learn from the bank what does not depend on the question asked.

    Args:
        preset: what it has a use for.
        bank: of one split.
        matrix: what is known of its questions.
    """
    vote = _learn_vote(preset, bank, matrix) if preset.posterior == "agreement" else None
    if not preset.cost_weight:
        return FittedPrior(vote, np.ones(len(bank.models)))
    costs = matrix.cost_usd[np.isin(matrix.question_ids, bank.question_ids)]
    return FittedPrior(vote, relative_cost(costs))


def relative_cost(costs: np.ndarray) -> np.ndarray:
    """Mean cost of every model as a share of the dearest one's, (P,), of (n, P); 1 where it is unknown."""
    known = ~np.isnan(costs)
    mean = np.where(known.any(axis=0), np.nan_to_num(costs).sum(axis=0) / np.maximum(known.sum(axis=0), 1), np.nan)
    dearest = np.nanmax(mean, initial=0.0)
    return np.nan_to_num(mean / dearest, nan=1.0) if dearest > 0 else np.ones(len(mean))


def make_selection(
    preset: Preset, split: str, bank: Bank, fitted: FittedPrior, matrix: OutcomeMatrix, at: np.ndarray,
    vectors: np.ndarray, code: np.ndarray,
) -> Selection:  # fmt: skip
    """Retrieve, weigh and choose for questions outside the bank.

    Args:
        preset: how.
        split: the split's id.
        bank: the split's bank; none of the questions may be in it.
        fitted: learned from it.
        matrix: what is known of all questions.
        at: (n,) positions of the questions in the matrix.
        vectors: (n, d) their unit vectors.
        code: (n,) whether a question is of a code dataset.

    Raises:
        UserError: a question's content is in the bank.
    """
    refuse_overlap(bank.contents, matrix.content_hashes[at])
    positions, similarity = nearest(bank, vectors, max(preset.k, _SHOWN), preset.where)
    near = similarity[:, : preset.k]
    heard = np.where(near >= preset.min_similarity, near, 0.0)  # a weight of 0 leaves the overall accuracy
    local = local_accuracy(positions[:, : preset.k], heard, bank.labels, bank.datasets, totals=bank.totals)
    prior, n_neighbour = local, (heard > 0).sum(axis=1)
    if preset.prior != "shrunk":
        weighted = preset.prior == "weighted"
        prior, n_neighbour = published_prior(bank, vectors, preset.k, preset.rho, preset.where, weighted=weighted)
    worth = prior - preset.cost_weight * fitted.cost
    top_n = np.where(code, preset.top_n_code, preset.top_n)
    ranked = np.argsort(-np.nan_to_num(worth, nan=-np.inf), axis=1, kind="stable")
    if preset.prior == "shrunk":
        ranked = _known_first(ranked, bank.labels)
    sure = np.inf if preset.route_at is None else preset.route_at
    routed = prior[np.arange(len(at)), ranked[:, 0]] >= sure
    # As published, asking every model leaves them in pool order; ours knows whose words to prefer all the same.
    chosen = (
        choose(worth, top_n) if preset.prior != "shrunk" else [row[:n] for row, n in zip(ranked, top_n, strict=True)]
    )
    return Selection(
        split=split,
        bank=bank,
        at=at,
        neighbours=positions[:, :_SHOWN],
        similarity=similarity[:, :_SHOWN],
        n_neighbour=n_neighbour,
        prior=prior,
        ranked=ranked,
        chosen=[ranked[q, :1] if routed[q] else models for q, models in enumerate(chosen)],
        routed=routed,
        log_odds=log_odds(local),
        vote=fitted.vote,
    )


def _known_first(ranked: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The same order, but models with less than half of the labels that another has come after the others."""
    known = ~np.isnan(labels)
    rare = known.sum(axis=0) < _KNOWN * known.sum(axis=0).max(initial=0)
    order = np.argsort(rare[ranked], axis=1, kind="stable")
    return np.take_along_axis(ranked, order, axis=1)


def _learn_vote(preset: Preset, bank: Bank, matrix: OutcomeMatrix) -> Vote:
    """Fit the vote on the bank, each question seen with as many references as the preset asks and without itself."""
    place = {question: at for at, question in enumerate(matrix.question_ids)}
    known = np.array([at for at, question in enumerate(bank.question_ids) if question in place], dtype=int)
    known = known[:: -(-len(known) // _LEARN_FROM) or 1]
    rows = np.array([place[question] for question in bank.question_ids[known]], dtype=int)
    positions, similarity = multiplied(bank, bank.vectors[known], preset.k + 1, preset.where)
    heard = np.where(similarity >= preset.min_similarity, similarity, 0.0)
    local = local_accuracy(positions, heard, bank.labels, bank.datasets, own=known, totals=bank.totals)
    asked = np.zeros(local.shape, dtype=bool)
    for at, models in enumerate(choose(local, np.full(len(local), preset.top_n))):
        asked[at, models] = True
    ballots = ballots_of(matrix.extracted[rows]).only(asked)
    return fit_vote(ballots, log_odds(local), bank.labels[known])

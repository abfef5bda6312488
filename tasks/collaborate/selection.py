"""Which models are asked, for questions of one split: neighbours, prior, choice, and the vote fitted on the bank."""

from dataclasses import dataclass, replace

import numpy as np

from profiles.bank import Bank
from profiles.index import multiplied, nearest, published_prior
from profiles.outcomes import OutcomeMatrix
from profiles.preset import Preset
from tasks.collaborate.core.rank import expected, heard, rank, relative_cost
from tasks.collaborate.core.vote import Vote, ballots_of, fit_vote, learned, lessons
from warehouse.identity import hash_json, hash_parts

_SHOWN = 20  # neighbours kept as explanation


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
    """n questions of one split, P models, and which of these a preset asks.

    Args:
        preset: how it was made, and how the questions are answered.
        split: the split's id.
        bank: the split's question bank.
        matrix: what is known of the questions.
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

    preset: Preset
    split: str
    bank: Bank
    matrix: OutcomeMatrix
    neighbours: np.ndarray
    similarity: np.ndarray
    n_neighbour: np.ndarray
    prior: np.ndarray
    ranked: np.ndarray
    chosen: list[np.ndarray]
    routed: np.ndarray
    log_odds: np.ndarray
    vote: Vote | None

    def part(self, questions: range) -> "Selection":
        """The same of some questions; of the bank remains what it shows."""
        at = slice(questions.start, questions.stop)
        shown, near = np.unique(self.neighbours[at], return_inverse=True)
        known = OutcomeMatrix.of(self.bank.known.questions[shown], ())
        own = {name: getattr(self, name)[at] for name in _BY_QUESTION}
        own |= {"matrix": self.matrix.rows(np.array(questions)), "neighbours": near.reshape(own["similarity"].shape)}
        return replace(self, bank=Bank(self.bank.bank_id, known, None), **own)


_BY_QUESTION = ("similarity", "n_neighbour", "prior", "ranked", "chosen", "routed", "log_odds")


def learn(preset: Preset, bank: Bank, matrix: OutcomeMatrix, vote: Vote | None = None) -> FittedPrior:
    """Learn from the bank what does not depend on the question asked.

    Args:
        preset: what it has a use for.
        bank: of one split.
        matrix: what is known of its questions.
        vote: where it was fitted before.
    """
    if vote is None and preset.posterior == "agreement":
        vote = _learn_vote(preset, bank, matrix)
    if not preset.cost_weight:
        return FittedPrior(vote, np.ones(len(bank.models)))
    costs = matrix.cost_usd[np.isin(matrix.question_ids, bank.question_ids)]
    return FittedPrior(vote, relative_cost(costs))


def make_selection(
    preset: Preset,
    split: str,
    bank: Bank,
    fitted: FittedPrior,
    matrix: OutcomeMatrix,
    vectors: np.ndarray,
    code: np.ndarray,
) -> Selection:
    """Retrieve, weigh and choose.

    A question that the bank holds is answered like any other, its own label included; who evaluates has to see to it
    that none is (`profiles.bank.refuse_overlap`).

    Args:
        preset: how.
        split: the split's id.
        bank: the split's bank.
        fitted: learned from it.
        matrix: what is known of the questions.
        vectors: (n, d) their unit vectors.
        code: (n,) whether a question is of a code dataset.
    """
    positions, similarity = nearest(bank, vectors, max(preset.k, _SHOWN), preset.where)
    near, cosine = positions[:, : preset.k], similarity[:, : preset.k]
    local = expected(preset, near, cosine, bank.labels, bank.datasets, totals=bank.totals)
    prior, n_neighbour = local, (heard(cosine, preset.min_similarity) > 0).sum(axis=1)
    if preset.prior != "shrunk":
        weighted = preset.prior == "weighted"
        prior, n_neighbour = published_prior(bank, vectors, preset.k, preset.rho, preset.where, weighted=weighted)
    ranking = rank(preset, prior, local, fitted.cost, bank.labels, code)
    return Selection(
        preset=preset,
        split=split,
        bank=bank,
        matrix=matrix,
        neighbours=positions[:, :_SHOWN],
        similarity=similarity[:, :_SHOWN],
        n_neighbour=n_neighbour,
        prior=prior,
        ranked=ranking.ranked,
        chosen=ranking.chosen,
        routed=ranking.routed,
        log_odds=ranking.log_odds,
        vote=fitted.vote,
    )


def vote_key(preset: Preset, bank: Bank, matrix: OutcomeMatrix) -> str:
    """Hash of all that the fitted vote depends on; the vectors of a bank are told by its questions and embedder."""
    said = ballots_of(matrix.extracted[_taught(preset, bank, matrix)[1]]).codes
    part = preset.model_dump(include={"k", "where", "min_similarity", "top_n", "constants"})
    return hash_parts("vote", bank.bank_id, hash_json(part), said.tobytes().hex())


def _learn_vote(preset: Preset, bank: Bank, matrix: OutcomeMatrix) -> Vote:
    """Fit the vote on the bank, each question seen with as many references as the preset asks and without itself."""
    known, rows = _taught(preset, bank, matrix)
    near, cosine = multiplied(bank, bank.vectors[known], preset.k + 1, preset.where)
    local = expected(preset, near, cosine, bank.labels, bank.datasets, own=known, totals=bank.totals)
    return fit_vote(*lessons(preset, local, matrix.extracted[rows], bank.labels[known]), preset.constants)


def _taught(preset: Preset, bank: Bank, matrix: OutcomeMatrix) -> tuple[np.ndarray, np.ndarray]:
    """The bank items that the vote is fitted on: their positions in the bank and in the matrix."""
    place = {question: at for at, question in enumerate(matrix.question_ids)}
    there = np.array([at for at, question in enumerate(bank.question_ids) if question in place], dtype=int)
    known = learned(there, preset.constants.vote_items)
    rows = np.array([place[question] for question in bank.question_ids[known]], dtype=int)
    return known, rows

"""Which models are asked what, for all test questions of one split: neighbours, prior, references, fitted vote."""

from dataclasses import dataclass

import numpy as np

from profiles.bank import Bank, refuse_overlap
from profiles.index import exact, nearest
from profiles.prior import choose, local_accuracy, log_odds, prior_scores
from profiles.schema import Preset
from tasks.collaborate.vote import Vote, ballots_of, fit_vote
from tasks.profile.evidence import Evidence

_SHOWN = 20  # neighbours kept as explanation
_LEARN_FROM = 5_000  # bank questions that the vote is fitted on; more teach it nothing that shows


@dataclass(frozen=True, eq=False)
class Panel:
    """n test questions of one split, P models.

    Args:
        split: the split's id.
        bank: the split's question bank.
        at: (n,) positions of the questions in the evidence.
        neighbours: (n, up to 20) bank positions, most similar first.
        similarity: their cosines.
        n_neighbour: (n,) bank items behind the prior.
        prior: (n, P); NaN where the prior says nothing of a model.
        chosen: n arrays of models, best first.
        log_odds: (n, P) of the local accuracy; zeros when the preset has no use for them.
        vote: fitted on the bank; None when the preset has no use for it.
    """

    split: str
    bank: Bank
    at: np.ndarray
    neighbours: np.ndarray
    similarity: np.ndarray
    n_neighbour: np.ndarray
    prior: np.ndarray
    chosen: list[np.ndarray]
    log_odds: np.ndarray
    vote: Vote | None


def make_panel(
    preset: Preset, split: str, bank: Bank, evidence: Evidence, at: np.ndarray, vectors: np.ndarray, code: np.ndarray
) -> Panel:
    """Retrieve, weigh and choose for test questions.

    Args:
        preset: how.
        split: the split's id.
        bank: the split's bank; none of the questions may be in it.
        evidence: what is known of all questions.
        at: (n,) positions of the test questions in the evidence.
        vectors: (n, d) their unit vectors.
        code: (n,) whether a question is of a code dataset.

    Raises:
        UserError: a question's content is in the bank.
    """
    refuse_overlap(bank.content_hashes, evidence.questions["content_hash"].to_numpy()[at])
    depth = max(preset.k, _SHOWN) if preset.prior == "shrunk" or preset.posterior == "agreement" else _SHOWN
    positions, similarity = nearest(bank, vectors, depth)
    local = local_accuracy(positions[:, : preset.k], similarity[:, : preset.k], bank.labels, bank.datasets)
    prior, n_neighbour = local, np.full(len(at), min(preset.k, len(bank.labels)))
    if preset.prior != "shrunk":
        wide = vectors.astype(float), bank.vectors.astype(float)
        prior, n_neighbour = prior_scores(*wide, bank.labels, preset.k, preset.rho, weighted=preset.prior == "weighted")
    return Panel(
        split=split,
        bank=bank,
        at=at,
        neighbours=positions[:, :_SHOWN],
        similarity=similarity[:, :_SHOWN],
        n_neighbour=n_neighbour,
        prior=prior,
        chosen=choose(prior, np.where(code, preset.top_n_code, preset.top_n)),
        log_odds=log_odds(local),
        vote=learn_vote(preset, bank, evidence) if preset.posterior == "agreement" else None,
    )


def learn_vote(preset: Preset, bank: Bank, evidence: Evidence) -> Vote:
    """Fit the vote on the bank, each question seen with as many references as the preset asks and without itself."""
    place = {question: at for at, question in enumerate(evidence.questions["question_id"])}
    known = np.array([at for at, question in enumerate(bank.question_ids) if question in place], dtype=int)
    known = known[:: -(-len(known) // _LEARN_FROM) or 1]
    rows = np.array([place[question] for question in bank.question_ids[known]], dtype=int)
    positions, similarity = exact(bank.vectors, bank.vectors[known], min(preset.k + 1, len(bank.labels)))
    local = local_accuracy(positions, similarity, bank.labels, bank.datasets, own=known)
    asked = np.zeros(local.shape, dtype=bool)
    for at, models in enumerate(choose(local, np.full(len(local), preset.top_n))):
        asked[at, models] = True
    ballots = ballots_of(evidence.extracted[rows]).only(asked)
    return fit_vote(ballots, log_odds(local), bank.labels[known])

"""Our posterior: agreement of extracted answers, each vote weighted by what the bank says the voter is worth here.

A conditional logit over the distinct answers of a question and the alternative that none is right. A model's vote
weighs `weight + slope * (its local log-odds - the pool's)`; both are learned per model on the bank, so that models
which err together share their weight and a model without skill gets none. The fitted probabilities are what a preset
states.
"""

from dataclasses import dataclass

import numpy as np

from profiles.arrays import softmax
from profiles.constants import USUAL, Constants
from profiles.preset import Preset
from profiles.prior import choose, log_odds

_NONE = 4  # terms of the alternative that no answer is right
_STEPS = 50
_TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False)
class Ballots:
    """Who said what, n questions by P models.

    Args:
        codes: (n, P) which distinct answer of its question a model gave, counted from 0 in the order of first
            appearance; -1 where none was extracted.
        n_answer: (n,) number of distinct answers.
    """

    codes: np.ndarray
    n_answer: np.ndarray

    @property
    def votes(self) -> np.ndarray:
        """(n, A, P) one-hot votes, A the largest number of distinct answers (at least 1)."""
        answers = np.arange(max(int(self.n_answer.max(initial=1)), 1))
        return (self.codes[:, None, :] == answers[:, None]).astype(float)

    def only(self, allowed: np.ndarray) -> "Ballots":
        """The same answers with only the votes of the models that were asked, (n, P) booleans."""
        return Ballots(np.where(allowed, self.codes, -1), self.n_answer)


@dataclass(frozen=True, eq=False)
class Vote:
    """Fitted weights.

    Args:
        weights: (P,) of a model's vote.
        slopes: (P,) of its local log-odds above the pool's.
        none: (4,) of the alternative that no answer is right.
    """

    weights: np.ndarray
    slopes: np.ndarray
    none: np.ndarray

    def support(self, ballots: Ballots, log_odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log-weight of every answer, (n, A), -inf where nobody gave it, and of none being right, (n,)."""
        here = self.weights + self.slopes * (log_odds - log_odds.mean(axis=1, keepdims=True))
        votes = ballots.votes
        support = np.einsum("nap,np->na", votes, here)
        return np.where(votes.any(axis=2), support, -np.inf), _none_terms(ballots, log_odds) @ self.none

    def probabilities(self, ballots: Ballots, log_odds: np.ndarray) -> np.ndarray:
        """(n, A) stated probability that an answer is right; what is missing to 1 is that none is."""
        support, none = self.support(ballots, log_odds)
        return softmax(np.column_stack([support, none]))[:, :-1]


def ballots_of(extracted: np.ndarray) -> Ballots:
    """Count the distinct answers of every question.

    Args:
        extracted: (n, P) canonical answers; None where nothing was extracted.
    """
    codes = np.full(extracted.shape, -1)
    sizes = np.zeros(len(extracted), dtype=int)
    for at, answers in enumerate(extracted):
        known: dict[str, int] = {}
        for model, answer in enumerate(answers):
            if answer is not None:
                codes[at, model] = known.setdefault(answer, len(known))
        sizes[at] = len(known)
    return Ballots(codes, sizes)


def learned(items: np.ndarray, most: int) -> np.ndarray:
    """Of these bank items those that the vote is fitted on, evenly spaced."""
    return items[:: -(-len(items) // most) or 1]


def lessons(
    preset: Preset, local: np.ndarray, extracted: np.ndarray, labels: np.ndarray
) -> tuple[Ballots, np.ndarray, np.ndarray]:
    """What the vote is fitted on, each bank question seen with as many references as the preset asks.

    Args:
        preset: how many.
        local: (n, P) local accuracy, made without the question itself.
        extracted: (n, P) canonical answers; None where nothing was extracted.
        labels: (n, P).

    Returns:
        Arguments of `fit_vote`.
    """
    asked = np.zeros(local.shape, dtype=bool)
    for at, models in enumerate(choose(local, np.full(len(local), preset.top_n))):
        asked[at, models] = True
    return ballots_of(extracted).only(asked), log_odds(local), labels


def vote_shares(codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share of the votes that each candidate's answer got, (n, N); NaN for a candidate without an answer.

    Args:
        codes: (n, N) which distinct answer each of N candidates gave; -1 for none.
        weights: (n, N) at least 0; where those of all answers of a question vanish, votes count alike.
    """
    given = codes >= 0
    counted = np.where(given, weights, 0.0)
    counted = np.where(given & ~(counted > 0).any(axis=1, keepdims=True), 1.0, counted)
    totals = np.zeros((len(codes), max(codes.max(initial=0) + 1, 1)))
    np.add.at(totals, (np.arange(len(codes))[:, None], codes.clip(min=0)), counted)  # in the candidates' order
    whole = totals.cumsum(axis=1)[:, -1:]
    shares = np.take_along_axis(totals, codes.clip(min=0), axis=1) / np.where(whole > 0, whole, 1.0)
    return np.where(given, shares, np.nan)


def chances(preset: Preset, support: np.ndarray, none: float, said: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Probability of every answer of one question: the references' votes, and what aggregates add to them.

    Args:
        preset: what unanimous aggregates add.
        support: (A,) log-weight of the answers that references gave; -inf for one that none gave.
        none: of no answer being right.
        said: (N,) answer of every aggregate, from A on where no reference gave it; -1 for none.
        weights: (N,) of the aggregates, 1 for a usual one.

    Returns:
        (A', ) probabilities, A' counting the aggregates' own answers too.
    """
    logits = np.append(support, np.zeros(max(int(said.max(initial=-1)) + 1 - len(support), 0)))
    for code, weight in zip(said.tolist(), weights.tolist(), strict=True):
        if code >= 0:
            # With the usual prior one aggregate alone adds half of the weight, more of them what they agree on.
            logits[code] += preset.aggregate_weight * weight / (len(said) + preset.constants.aggregate_prior)
    return softmax(np.append(logits, none)[None])[0, :-1]


def fit_vote(ballots: Ballots, log_odds: np.ndarray, labels: np.ndarray, constants: Constants = USUAL) -> Vote:
    """Learn the weights on bank questions by ridge-penalised maximum likelihood (Newton's method; convex).

    Args:
        ballots: n bank questions by P models.
        log_odds: (n, P) local log-odds, made without the question's own labels.
        labels: (n, P) in [0, 1]; NaN where missing. An answer is right when its voters' labels say so on average.
        constants: where the weights start from and how strongly they are held there; chosen by cross-validation inside
            the banks of recorded answers, never on a test part.

    Returns:
        The weights; nearly equal votes when the bank teaches nothing.
    """
    models = log_odds.shape[1]
    start = np.concatenate(
        [np.full(models, constants.vote_weight), np.full(models, constants.vote_slope), np.zeros(_NONE)]
    )
    used = _targets(ballots, labels).sum(axis=1) > 0
    if not used.any():
        return _vote(start, models)
    kept = Ballots(ballots.codes[used], ballots.n_answer[used])
    terms, possible = _terms(kept, log_odds[used])
    ridge = np.repeat([constants.vote_ridge, constants.vote_ridge_none], [2 * models, _NONE])
    return _vote(_newton(terms, possible, _targets(kept, labels[used]), start, ridge), models)


def _vote(parameters: np.ndarray, models: int) -> Vote:
    return Vote(parameters[:models], parameters[models : 2 * models], parameters[2 * models :])


def _none_terms(ballots: Ballots, log_odds: np.ndarray) -> np.ndarray:
    """(n, 4): constant, how hard the question looks, how scattered the answers are, how large the largest group is."""
    counts = ballots.votes.sum(axis=2)
    voters = np.maximum(counts.sum(axis=1), 1)
    scatter = (counts > 0).sum(axis=1) / voters
    return np.column_stack([np.ones(len(counts)), log_odds.mean(axis=1), scatter, counts.max(axis=1) / voters])


def _terms(ballots: Ballots, log_odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Terms of every alternative, (n, A + 1, F), the last one that none is right; and (n, A + 1) which are possible."""
    votes = ballots.votes
    n, answers, models = votes.shape
    terms = np.zeros((n, answers + 1, 2 * models + _NONE))
    terms[:, :-1, :models] = votes
    terms[:, :-1, models:-_NONE] = votes * (log_odds - log_odds.mean(axis=1, keepdims=True))[:, None, :]
    terms[:, -1, -_NONE:] = _none_terms(ballots, log_odds)
    return terms, np.column_stack([votes.any(axis=2), np.ones(n, dtype=bool)])


def _targets(ballots: Ballots, labels: np.ndarray) -> np.ndarray:
    """(n, A + 1) shares of being right; all 0 where no voter has a label."""
    votes = ballots.votes
    known = ~np.isnan(labels)
    voters = np.einsum("nap,np->na", votes, known)
    right = np.einsum("nap,np->na", votes, np.nan_to_num(labels)) / np.maximum(voters, 1) >= 0.5
    right &= voters > 0
    target = np.column_stack([right, ~right.any(axis=1) & voters.any(axis=1)]).astype(float)
    return target / np.maximum(target.sum(axis=1, keepdims=True), 1)


def _newton(
    terms: np.ndarray, possible: np.ndarray, target: np.ndarray, start: np.ndarray, ridge: np.ndarray
) -> np.ndarray:
    parameters = start
    loss, slope, curve = _objective(terms, possible, target, parameters, start, ridge)
    for _ in range(_STEPS):
        step = np.linalg.solve(curve, slope)
        share = 1.0
        while share > 1e-6:
            found = _objective(terms, possible, target, parameters - share * step, start, ridge)
            if found[0] <= loss:
                break
            share /= 2
        else:
            return parameters
        parameters = parameters - share * step
        gained, (loss, slope, curve) = loss - found[0], found
        if gained < _TOLERANCE:
            break
    return parameters


def _objective(
    terms: np.ndarray,
    possible: np.ndarray,
    target: np.ndarray,
    parameters: np.ndarray,
    centre: np.ndarray,
    ridge: np.ndarray,
) -> tuple[float, np.ndarray, np.ndarray]:
    """Penalised negative log-likelihood, its gradient and its Hessian."""
    share = softmax(np.where(possible, terms @ parameters, -np.inf))
    away = parameters - centre
    loss = -(target * np.log(np.where(target > 0, share, 1.0))).sum() + 0.5 * ridge @ away**2
    flat = terms.reshape(-1, terms.shape[2])
    slope = flat.T @ (share - target).ravel() + ridge * away
    mean = np.einsum("na,naf->nf", share, terms)
    curve = (flat * share.reshape(-1, 1)).T @ flat - mean.T @ mean + np.diag(ridge)
    return float(loss), slope, curve

"""Answers of a setting to all questions of a split at once: what `answer_questions` does, without an aggregator."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from profiles.constants import USUAL, Constants
from profiles.prior import local_accuracy, prior_scores
from tasks.analyse.split_data import SplitData, order_of
from tasks.analyse.study import Setting
from tasks.collaborate.core.rank import Ranking, expected, rank, relative_cost
from tasks.collaborate.core.vote import Ballots, Vote, ballots_of, fit_vote, lessons, vote_shares
from tasks.collaborate.plan import code_questions

_ROWS = 512


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers to the n questions of a split.

    Args:
        scores: (n,) of the chosen answers; NaN without a verdict.
        calls: (n,) model calls.
        costs: (n,) USD; NaN where that of any call is unknown.
    """

    scores: np.ndarray
    calls: np.ndarray
    costs: np.ndarray


@dataclass(frozen=True, eq=False)
class Asked:
    """Who is asked, n questions by P models of the setting's pool.

    Args:
        models: (P,) their positions in the matrix.
        ranking: what is expected of them, and in which order they are asked.
        mask: (n, P) which of those in that order are asked and have answered.
        ballots: what the asked ones said.
    """

    models: np.ndarray
    ranking: Ranking
    mask: np.ndarray
    ballots: Ballots

    def in_order(self, values: np.ndarray) -> np.ndarray:
        """Values of models, (n, P), in the order in which these are asked."""
        return np.take_along_axis(values, self.ranking.order, axis=1)

    def first_best(self, worth: np.ndarray) -> np.ndarray:
        """(n,) the first asked model with the largest worth, (n, P) in order; -1 where nobody was asked."""
        best = np.where(self.mask, worth, -np.inf).argmax(axis=1)
        return np.where(self.mask.any(axis=1), self.ranking.order[np.arange(len(best)), best], -1)


@dataclass(eq=False)
class Runner:
    """Settings tried on one split; votes and subsets made for one are reused by the next that needs the same."""

    data: SplitData
    subsets: dict[tuple[object, ...], list[np.ndarray]] = field(default_factory=dict)
    _votes: dict[tuple[object, ...], Vote] = field(default_factory=dict)

    def answer(self, setting: Setting) -> Answers:
        """The answers of a setting whose references are the candidates."""
        asked = self.ask(setting)
        return self.answers(asked, asked.first_best(self._worth(setting, asked)))

    def ask(self, setting: Setting) -> Asked:
        """Retrieve, weigh and choose, among the answers that are there."""
        data, preset, models = self.data, setting.preset, self.models(setting)
        matrix, labels = data.matrix, data.labels[:, models]
        near, cosine = data.near[:, : preset.k], data.cosine[:, : preset.k]
        local = expected(preset, near, cosine, labels, data.datasets, form=_form(setting))
        prior = local
        if preset.prior != "shrunk":
            vectors, weighted = data.vectors.astype(float), preset.prior == "weighted"
            asked, bank = vectors[data.tested], vectors[data.bank]
            prior = prior_scores(asked, bank, labels, preset.k, preset.rho, weighted=weighted)[0]
        cost = relative_cost(matrix.cost_usd[data.bank][:, models])
        code = code_questions(matrix.questions["dataset"].to_numpy()[data.tested].tolist())
        ranking = rank(preset, prior, local, cost, labels, code)
        mask = ranking.mask(matrix.answered[data.tested][:, models], substitutes=preset.substitutes)
        said = np.zeros(mask.shape, bool)
        np.put_along_axis(said, ranking.order, mask, axis=1)
        extracted = matrix.extracted[data.tested][:, models]
        extracted[~said] = None
        return Asked(models, ranking, mask, ballots_of(extracted))

    def models(self, setting: Setting) -> np.ndarray:
        """(P,) positions of the setting's pool in the matrix, in pool order."""
        if setting.pool is None:
            return np.arange(len(self.data.matrix.models))
        order, size = setting.pool
        return np.sort(order_of(self.data, order)[:size])

    def vote(self, setting: Setting) -> Vote:
        """The vote that the bank teaches for a setting."""
        preset = setting.preset
        key = (
            preset.k,
            preset.min_similarity,
            preset.top_n,
            setting.shrunk,
            setting.vote,
            setting.pool,
            preset.constants,
        )
        if key not in self._votes:
            self._votes[key] = self._fit(setting)
        return self._votes[key]

    def answers(self, asked: Asked, chosen: np.ndarray) -> Answers:
        """What the chosen models' answers are worth, (n,) positions in the setting's pool; -1: none."""
        matrix, tested = self.data.matrix, self.data.tested
        costs = asked.in_order(matrix.cost_usd[tested][:, asked.models])
        scores = matrix.score[tested, asked.models[chosen]]
        return Answers(
            scores=np.where(chosen >= 0, scores, np.nan),
            calls=asked.mask.sum(axis=1).astype(float),
            costs=np.where(asked.mask, costs, 0.0).sum(axis=1),
        )

    def _worth(self, setting: Setting, asked: Asked) -> np.ndarray:
        """(n, P) posterior of every asked model's answer, in order; below every other where none was extracted."""
        posterior, codes = setting.preset.posterior, asked.in_order(asked.ballots.codes)
        if posterior == "agreement":
            by_answer = self.vote(setting).probabilities(asked.ballots, asked.ranking.log_odds)
            return np.where(codes < 0, -1.0, np.take_along_axis(by_answer, codes.clip(min=0), axis=1))
        weights = (
            asked.in_order(np.nan_to_num(asked.ranking.prior)) if posterior == "weighted" else np.ones(codes.shape)
        )
        return np.nan_to_num(vote_shares(codes, weights), nan=-1.0)

    def _fit(self, setting: Setting) -> Vote:
        """Fit on bank questions, each seen with as many references as are asked and without itself."""
        data, models, preset = self.data, self.models(setting), setting.preset
        labels, own = data.labels[:, models], data.learned
        near, cosine = data.own_near[:, : preset.k + 1], data.own_cosine[:, : preset.k + 1]
        local = expected(preset, near, cosine, labels, data.datasets, own=own, form=_form(setting))
        said = data.matrix.extracted[data.bank[own]][:, models]
        ballots, odds, known = lessons(preset, local, said, labels[own])
        if setting.vote == "no slopes":
            odds = np.repeat(odds.mean(axis=1, keepdims=True), len(models), axis=1)
        if setting.vote == "no alternative":
            # Where some answer is right in all that is learned from, the alternative gets no probability.
            some = (np.nan_to_num(known) * (ballots.codes >= 0) >= 0.5).any(axis=1)
            ballots, odds, known = Ballots(ballots.codes[some], ballots.n_answer[some]), odds[some], known[some]
        vote = fit_vote(ballots, odds, known, preset.constants)
        return Vote(vote.weights, 0 * vote.slopes, vote.none) if setting.vote == "no slopes" else vote


def best_of(data: SplitData, among: np.ndarray, counted: np.ndarray | None = None) -> Answers:
    """What an oracle over some models gets: the best known score.

    Args:
        data: gives n questions and M models.
        among: (n, M) whom it chooses from.
        counted: (n,) which questions count; None: all.
    """
    score = np.where(among, data.matrix.score[data.tested], np.nan)
    best = np.where(np.isnan(score), -np.inf, score).max(axis=1)
    out = np.isinf(best) if counted is None else np.isinf(best) | ~counted
    cost = np.where(among, data.matrix.cost_usd[data.tested], 0.0).sum(axis=1)
    return Answers(*(np.where(out, np.nan, one) for one in (best, among.sum(axis=1).astype(float), cost)))


def _form(setting: Setting) -> Callable[..., np.ndarray]:
    return local_accuracy if setting.shrunk else _unshrunk


def _unshrunk(
    positions: np.ndarray,
    similarity: np.ndarray,
    labels: np.ndarray,
    _datasets: np.ndarray,
    own: np.ndarray | None = None,
    totals: None = None,
    constants: Constants = USUAL,
) -> np.ndarray:
    """Accuracy among the neighbours alone, weighted by squared cosine, kept off 0 and 1 by half an item each."""
    weight = np.clip(similarity, 0, None) ** 2
    if own is not None:
        weight = np.where(positions == own[:, None], 0.0, weight)
    found = np.empty((len(positions), labels.shape[1]))
    for at in range(0, len(positions), _ROWS):
        rows = slice(at, at + _ROWS)
        local = labels[positions[rows]]
        right = np.einsum("nk,nkp->np", weight[rows], np.nan_to_num(local))
        seen = np.einsum("nk,nkp->np", weight[rows], ~np.isnan(local))
        found[rows] = (right + 0.5) / (seen + 1)
    return found

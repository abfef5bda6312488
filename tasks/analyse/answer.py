"""Answers of a setting to all questions of a split at once: what `answer_questions` does, without an aggregator."""

from dataclasses import dataclass, field

import numpy as np

from profiles.prior import choose, local_accuracy, log_odds, prior_scores
from profiles.schema import Preset
from tasks.analyse.split_data import SplitData, order_of
from tasks.analyse.study import Setting
from tasks.collaborate.plan import code_questions
from tasks.collaborate.selection import relative_cost
from tasks.collaborate.vote import Ballots, Vote, ballots_of, fit_vote

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
        prior: (n, P).
        log_odds: (n, P) of the local accuracy.
        order: (n, P) models in the order in which they are asked.
        mask: (n, P) which of those in that order are asked and have answered.
        ballots: what the asked ones said.
        routed: (n,) whether the best model was to be asked alone.
        wanted: (n,) how many were to be asked.
    """

    models: np.ndarray
    prior: np.ndarray
    log_odds: np.ndarray
    order: np.ndarray
    mask: np.ndarray
    ballots: Ballots
    routed: np.ndarray
    wanted: np.ndarray

    def first_best(self, worth: np.ndarray) -> np.ndarray:
        """(n,) the first asked model with the largest worth; -1 where nobody was asked."""
        ranked = np.where(self.mask, np.take_along_axis(worth, self.order, axis=1), -np.inf)
        best = np.take_along_axis(self.order, ranked.argmax(axis=1)[:, None], axis=1)[:, 0]
        return np.where(self.mask.any(axis=1), best, -1)


@dataclass(eq=False)
class Runner:
    """Settings tried on one split; votes and subsets made for one are reused by the next that needs the same."""

    data: SplitData
    subsets: dict[tuple[object, ...], list[np.ndarray]] = field(default_factory=dict)
    _votes: dict[tuple[object, ...], Vote] = field(default_factory=dict)

    def answer(self, setting: Setting) -> Answers:
        """The answers of a setting whose references are the candidates."""
        asked = self.ask(setting)
        worth = self._worth(setting, asked)
        return self.answers(asked, asked.first_best(worth))

    def ask(self, setting: Setting) -> Asked:
        """Retrieve, weigh and choose."""
        data, preset = self.data, setting.preset
        models = self.models(setting)
        labels = data.labels[:, models]
        near, cosine = data.near[:, : preset.k], data.cosine[:, : preset.k]
        heard = np.where(cosine >= preset.min_similarity, cosine, 0.0)
        form = local_accuracy if setting.shrunk else _unshrunk
        local = form(near, heard, labels, data.datasets)
        prior = local
        if preset.prior != "shrunk":
            vectors = data.vectors.astype(float)
            prior = prior_scores(
                vectors[data.tested], vectors[data.bank], labels, preset.k, preset.rho,
                weighted=preset.prior == "weighted",
            )[0]  # fmt: skip
        return self._asked(preset, models, prior, log_odds(local))

    def models(self, setting: Setting) -> np.ndarray:
        """(P,) positions of the setting's pool in the matrix, in pool order."""
        if setting.pool is None:
            return np.arange(len(self.data.matrix.models))
        order, size = setting.pool
        return np.sort(order_of(self.data, order)[:size])

    def vote(self, setting: Setting) -> Vote:
        """The vote that the bank teaches for a setting."""
        preset = setting.preset
        key = (preset.k, preset.min_similarity, preset.top_n, setting.shrunk, setting.vote, setting.pool)
        if key not in self._votes:
            self._votes[key] = self._fit(setting)
        return self._votes[key]

    def answers(self, asked: Asked, chosen: np.ndarray) -> Answers:
        """What the chosen models' answers are worth, (n,) positions in the setting's pool; -1: none."""
        matrix, tested = self.data.matrix, self.data.tested
        rows = np.arange(len(tested))
        costs = np.take_along_axis(matrix.cost_usd[tested][:, asked.models], asked.order, axis=1)
        scores = matrix.score[tested, asked.models[chosen]]
        return Answers(
            scores=np.where(chosen >= 0, scores, np.nan)[rows],
            calls=asked.mask.sum(axis=1).astype(float),
            costs=np.where(asked.mask, costs, 0.0).sum(axis=1),
        )

    def _asked(self, preset: Preset, models: np.ndarray, prior: np.ndarray, odds: np.ndarray) -> Asked:
        """Take models in order until enough have answered; the next-ranked stand in for those that did not."""
        matrix, tested = self.data.matrix, self.data.tested
        worth = prior - preset.cost_weight * relative_cost(matrix.cost_usd[self.data.bank][:, models])
        ranked = np.argsort(-np.nan_to_num(worth, nan=-np.inf), axis=1, kind="stable")
        code = code_questions(matrix.questions["dataset"].to_numpy()[tested].tolist())
        wanted = np.where(code, preset.top_n_code, preset.top_n).clip(max=len(models))
        sure = np.inf if preset.route_at is None else preset.route_at
        routed = prior[np.arange(len(tested)), ranked[:, 0]] >= sure
        wanted = np.where(routed, 1, wanted)
        unranked = (wanted >= len(models)) & (preset.prior != "shrunk")
        order = np.where(unranked[:, None], np.arange(len(models)), ranked)
        there = np.array([[one is not None for one in row] for row in matrix.response_id[tested][:, models]])
        there = np.take_along_axis(there, order, axis=1)
        rank = there.cumsum(axis=1) if preset.substitutes else np.arange(1, len(models) + 1)
        mask = there & (rank <= wanted[:, None])
        said = np.zeros(mask.shape, bool)
        np.put_along_axis(said, order, mask, axis=1)
        extracted = matrix.extracted[tested][:, models]
        extracted[~said] = None
        ballots = ballots_of(extracted)
        return Asked(models, prior, odds, order, mask, ballots, routed, wanted)

    def _worth(self, setting: Setting, asked: Asked) -> np.ndarray:
        """(n, P) posterior of every model's answer; below every other where none was extracted."""
        posterior, codes = setting.preset.posterior, asked.ballots.codes
        if posterior == "agreement":
            by_answer = self.vote(setting).probabilities(asked.ballots, asked.log_odds)
        else:
            weights = np.nan_to_num(asked.prior) if posterior == "weighted" else np.ones(codes.shape)
            counted = np.where(codes >= 0, weights, 0.0)
            weights = np.where((counted > 0).any(axis=1, keepdims=True), weights, 1.0)
            by_answer = np.einsum("nap,np->na", asked.ballots.votes, weights)
        return np.where(codes < 0, -1.0, np.take_along_axis(by_answer, codes.clip(min=0), axis=1))

    def _fit(self, setting: Setting) -> Vote:
        """Fit on bank questions, each seen with as many references as are asked and without itself."""
        data, models = self.data, self.models(setting)
        labels, learned, k = data.labels[:, models], data.learned, setting.preset.k + 1
        form = local_accuracy if setting.shrunk else _unshrunk
        near, cosine = data.own_near[:, :k], data.own_cosine[:, :k]
        heard = np.where(cosine >= setting.preset.min_similarity, cosine, 0.0)
        local = form(near, heard, labels, data.datasets, own=learned)
        seen = np.zeros(local.shape, dtype=bool)
        for at, chosen in enumerate(choose(local, np.full(len(local), setting.preset.top_n))):
            seen[at, chosen] = True
        said, known = data.matrix.extracted[data.bank[learned]][:, models], labels[learned]
        ballots, odds = ballots_of(said).only(seen), log_odds(local)
        if setting.vote == "no slopes":
            odds = np.repeat(odds.mean(axis=1, keepdims=True), len(models), axis=1)
        if setting.vote == "no alternative":
            # Where some answer is right in all that is learned from, the alternative gets no probability.
            some = (np.nan_to_num(known) * (ballots.codes >= 0) >= 0.5).any(axis=1)
            ballots, odds, known = Ballots(ballots.codes[some], ballots.n_answer[some]), odds[some], known[some]
        vote = fit_vote(ballots, odds, known)
        return Vote(vote.weights, 0 * vote.slopes, vote.none) if setting.vote == "no slopes" else vote


def _unshrunk(
    positions: np.ndarray, similarity: np.ndarray, labels: np.ndarray, _datasets: np.ndarray,
    own: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
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

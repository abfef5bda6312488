"""Aggregation without an aggregator: the plain vote of each subset of references stands in for what one would write.

Everything else is as in use: who is asked, which subsets are drawn, when asking stops, how the answer is chosen.
Finding a question's dropping temperature takes milliseconds, so that of many questions only some are answered.
"""

from dataclasses import dataclass

import numpy as np

from profiles.preset import Preset
from tasks.analyse.answer import Answers, Asked, Runner
from tasks.analyse.study import Setting
from tasks.collaborate.core.vote import chances, vote_shares
from tasks.collaborate.subsets import subsets_of
from warehouse.identity import hash_parts

QUESTIONS = 400  # of every seed, evenly spaced over the datasets
_MOST = 16


@dataclass(frozen=True, eq=False)
class _Question:
    """One question. A distinct answers among R references in rank order.

    Args:
        codes: (R,) which answer a reference gave; -1 where none was extracted.
        support: (A,) log-weight of the answers in the fitted vote; -inf where no reference gave it.
        none: of no answer being right.
        subsets: references of every aggregate.
    """

    codes: np.ndarray
    support: np.ndarray
    none: float
    subsets: list[np.ndarray]


def answer_with_votes(runner: Runner, setting: Setting) -> Answers:
    """The answers of a setting whose aggregates are plain votes; calls count them like an aggregator's."""
    asked = runner.ask(setting)
    support, none = runner.vote(setting).support(asked.ballots, asked.ranking.log_odds)
    chosen, aggregates = np.full(len(support), -1), np.full(len(support), np.nan)
    for q in np.flatnonzero(asked.mask.any(axis=1))[:: -(-len(support) // QUESTIONS)].tolist():
        references = asked.ranking.order[q][asked.mask[q]]
        subsets = _subsets(runner, setting, asked, q, references)
        one = _Question(asked.ballots.codes[q, references], support[q], float(none[q]), subsets)
        answer, aggregates[q] = _decide(setting.preset, one)
        chosen[q] = references[one.codes == answer][0]
    found = runner.answers(asked, chosen)
    return Answers(found.scores, found.calls + aggregates, np.full(len(support), np.nan))


def _subsets(runner: Runner, setting: Setting, asked: Asked, question: int, references: np.ndarray) -> list[np.ndarray]:
    """The references of each aggregate; none for a question asked of one model or short of its quorum."""
    preset = setting.preset
    if asked.ranking.routed[question] or len(references) < min(preset.quorum, asked.ranking.wanted[question]):
        return []
    scores = (asked.ranking.log_odds if preset.dropping == "entropy" else asked.ranking.prior)[question, references]
    # The first subsets do not depend on how many are drawn, so settings that differ in that share them.
    most = preset if preset.candidates == 1 else preset.model_copy(update={"candidates": max(_MOST, preset.candidates)})
    drawn_by = (most.dropping, most.keep, most.candidates, most.entropy, most.temperature_prior, most.constants)
    key = (question, *drawn_by, scores.tobytes())
    if key not in runner.subsets:
        name = runner.data.matrix.questions["question_id"][int(runner.data.tested[question])]
        seed = int(hash_parts("dropping", runner.data.split, name)[:15], 16)
        runner.subsets[key] = subsets_of(most, scores, np.random.default_rng(seed))
    return runner.subsets[key][: preset.candidates]


def _decide(preset: Preset, one: _Question) -> tuple[int, int]:
    """Code of the answer, -1 when no reference has one, and how many aggregates were asked for it."""
    said: list[int] = []
    while len(said) < len(one.subsets):
        if preset.stop_at is not None and _chances(preset, one, said).max() >= preset.stop_at:
            break
        said += [_plurality(one.codes[subset]) for subset in one.subsets[len(said) : len(said) + preset.wave]]
    if (one.codes < 0).all():
        return -1, len(said)
    if preset.posterior == "majority" and (given := np.array([code for code in said if code >= 0])).size:
        return _plurality(given), len(said)
    return int(_chances(preset, one, said).argmax()), len(said)


def _chances(preset: Preset, one: _Question, said: list[int]) -> np.ndarray:
    """(A,) probability of every answer, every aggregate counting alike."""
    return chances(preset, one.support, one.none, np.array(said, dtype=int), np.ones(len(said)))


def _plurality(codes: np.ndarray) -> int:
    """The most common answer, the first of equals; -1 when none has one."""
    if (codes < 0).all():
        return -1
    return int(codes[np.nanargmax(vote_shares(codes[None], np.ones((1, len(codes))))[0])])

"""Exploitation: each form of the posterior applied to references or aggregates, without knowing the truth."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Preset
from tasks.collaborate.answer import Candidate, Collaboration, known
from tasks.collaborate.case import Case
from tasks.collaborate.panel import Panel
from tasks.collaborate.posterior import (
    medoid_similarity,
    paper_posterior,
    rank_within,
    vote_shares,
)
from tasks.collaborate.references import merged
from tasks.collaborate.vote import Ballots, ballots_of, softmax
from tasks.collaborate.world import World


def choose_among(
    preset: Preset, panel: Panel, matrix: OutcomeMatrix, cases: Sequence[Case], world: World
) -> list[Collaboration]:
    """The answer to every question.

    Args:
        preset: which posterior.
        panel: of the split.
        matrix: names the models.
        cases: with their references and aggregates.
        world: for vectors of texts, where the posterior needs them.
    """
    if preset.posterior == "agreement":
        return _by_agreement(preset, panel, matrix, cases, world)
    if preset.posterior == "paper":
        return _by_similarity(preset, cases, world)
    return [_by_votes(preset, panel, matrix, case) for case in cases]


def chances_of(
    preset: Preset, panel: Panel, matrix: OutcomeMatrix, case: Case, similarity: np.ndarray | None = None
) -> dict[str, float]:
    """Probability of every extracted answer: the references' votes, and up to `aggregate_weight` from aggregates.

    An aggregate counts more or less by the rank of its confidence and of its similarity within the question.
    """
    assert panel.vote is not None
    ballots, answers = _ballots(matrix, [case])
    support, none = panel.vote.support(ballots, panel.log_odds[[case.question]])
    logits = dict(zip(answers[0], support[0].tolist(), strict=False))
    weight = 1 + preset.confidence_weight * rank_within(np.array(case.logprobs))
    if similarity is not None:
        weight = weight + preset.similarity_weight * rank_within(similarity)
    for one, share in zip(case.aggregates, weight.tolist(), strict=True):
        if one.extracted is not None:
            # One aggregate alone adds half of the weight, more of them what they agree on.
            added = preset.aggregate_weight * share / (len(case.aggregates) + 1)
            logits[one.extracted] = logits.get(one.extracted, 0.0) + added
    return dict(zip(logits, softmax(np.array([*logits.values(), none[0]])[None])[0].tolist(), strict=False))


def _by_agreement(
    preset: Preset, panel: Panel, matrix: OutcomeMatrix, cases: Sequence[Case], world: World
) -> list[Collaboration]:
    """The most probable answer, in the words of its most confident aggregate, else of its best reference."""
    plain = [case for case in cases if not case.aggregates]
    found = dict(zip(plain, _by_vote(panel, matrix, plain), strict=True))
    rich = [case for case in cases if case.aggregates]
    for case, near in zip(rich, _similarities(preset, rich, world), strict=True):
        chances = chances_of(preset, panel, matrix, case, near if preset.similarity_weight else None)
        sure = rank_within(np.array(case.logprobs)).tolist()
        alike = [None] * len(sure) if near is None else near.tolist()
        made = [
            replace(_weighed(one, chances), confidence=confidence, similarity=similarity)
            for one, confidence, similarity in zip(case.aggregates, sure, alike, strict=True)
        ]
        candidates = [*(_weighed(one, chances) for one in case.references), *made]
        n = len(case.references)
        worth = [
            (one.posterior or 0.0, at >= n, one.similarity or 0.0, one.confidence or 0.0, -at)
            for at, one in enumerate(candidates)
        ]
        chosen = max(range(len(worth)), key=worth.__getitem__)
        found[case] = case.closed(candidates, chosen, candidates[chosen].posterior)
    return [found[case] for case in cases]


def _by_vote(panel: Panel, matrix: OutcomeMatrix, cases: Sequence[Case]) -> list[Collaboration]:
    """Among references: the most probable answer, in the words of the best model that gave it."""
    if not cases:
        return []
    assert panel.vote is not None
    ballots, answers = _ballots(matrix, cases)
    chances = panel.vote.probabilities(ballots, panel.log_odds[[case.question for case in cases]])
    found = []
    for case, row, known_answers in zip(cases, chances.tolist(), answers, strict=True):
        by_answer = dict(zip(known_answers, row, strict=False))
        candidates = [_weighed(one, by_answer) for one in case.references]
        # Without an extracted answer a candidate is only chosen when no other has one.
        worth = [-1.0 if one.posterior is None else one.posterior for one in candidates]
        chosen = int(np.argmax(worth)) if worth else None
        found.append(case.closed(candidates, chosen, None if chosen is None else candidates[chosen].posterior))
    return found


def _by_similarity(preset: Preset, cases: Sequence[Case], world: World) -> list[Collaboration]:
    """The first candidate with the largest similarity + c (1 - PPL); references state no PPL."""
    candidates = [case.aggregates or case.references for case in cases]
    texts = world.texts([one.response_id for case in cases if not case.aggregates for one in case.references])
    said = [case.texts or [texts[one.response_id] for one in case.references] for case in cases]
    found = []
    for case, own, near in zip(cases, candidates, _medoids(said, world), strict=True):
        logprobs = np.array(case.logprobs) if case.aggregates else np.full(len(own), np.nan)
        total = paper_posterior(near, logprobs, preset.ppl_coefficient)
        weighed = [
            replace(one, similarity=float(alike), confidence=known(1 - np.exp(-logprob)), posterior=float(value))
            for one, alike, logprob, value in zip(own, near, logprobs, total, strict=True)
        ]
        found.append(case.closed(weighed, int(total.argmax()) if own else None, None))
    return found


def _by_votes(preset: Preset, panel: Panel, matrix: OutcomeMatrix, case: Case) -> Collaboration:
    """The answer with most votes, each weighted by its model's prior or not; ties go to the first that gave it."""
    candidates = case.aggregates or case.references
    weights = np.ones(len(candidates))
    if preset.posterior == "weighted" and not case.aggregates:
        place = {model: at for at, model in enumerate(matrix.models)}
        weights = np.nan_to_num(panel.prior[case.question, [place[one.model] for one in candidates]])
    shares = vote_shares([one.extracted for one in candidates], weights)
    weighed = [replace(one, posterior=known(share)) for one, share in zip(candidates, shares, strict=True)]
    chosen = int(np.nan_to_num(shares, nan=-1.0).argmax()) if candidates else None
    return case.closed(weighed, chosen, None)


def _similarities(preset: Preset, cases: Sequence[Case], world: World) -> list[np.ndarray | None]:
    """Medoid similarity of the aggregates where it can matter: they differ and it counts, or none can be compared."""
    said = []
    for case in cases:
        given = {one.extracted for one in case.aggregates} - {None}
        silent = not given and all(one.extracted is None for one in case.references)
        said.append(case.texts if silent or (preset.similarity_weight and len(given) > 1) else [])
    return [near if len(near) else None for near in _medoids(said, world)]


def _medoids(texts: Sequence[Sequence[str]], world: World) -> list[np.ndarray]:
    """Mean cosine of each text to those of its question, embedded together."""
    vectors = world.embed([text for own in texts for text in own])
    ends = np.cumsum([len(own) for own in texts])
    return [
        medoid_similarity(vectors[end - len(own) : end]) if own else np.zeros(0)
        for own, end in zip(texts, ends, strict=True)
    ]


def _ballots(matrix: OutcomeMatrix, cases: Sequence[Case]) -> tuple[Ballots, list[list[str]]]:
    """The references' votes, one per model, and each question's distinct answers in the order of their codes."""
    place = {model: at for at, model in enumerate(matrix.models)}
    extracted = np.full((len(cases), len(matrix.models)), None, dtype=object)
    for at, case in enumerate(cases):
        for one in merged(case.references):
            extracted[at, place[one.model]] = one.extracted
    answers = [list(dict.fromkeys(answer for answer in row if answer is not None)) for row in extracted]
    return ballots_of(extracted), answers


def _weighed(one: Candidate, chances: dict[str, float]) -> Candidate:
    return one if one.extracted is None else replace(one, posterior=chances[one.extracted])

"""Exploitation: each form of the posterior applied to references or aggregates, without knowing the truth."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from profiles.outcomes import known
from profiles.preset import Preset
from tasks.collaborate.answer import Candidate, Collaboration
from tasks.collaborate.core.vote import Ballots, ballots_of, chances, vote_shares
from tasks.collaborate.episode import Episode
from tasks.collaborate.posterior import (
    medoid_similarity,
    paper_posterior,
    rank_within,
)
from tasks.collaborate.references import merged
from tasks.collaborate.selection import Selection
from tasks.collaborate.services import Services


def choose_among(selection: Selection, episodes: Sequence[Episode], services: Services) -> list[Collaboration]:
    """The answer to every question.

    Args:
        selection: of the questions.
        episodes: with their references and aggregates.
        services: for vectors of texts, where the posterior needs them.
    """
    if selection.preset.posterior == "agreement":
        return _by_agreement(selection, episodes, services)
    if selection.preset.posterior == "paper":
        return _by_similarity(selection.preset, episodes, services)
    return [_by_votes(selection, episode) for episode in episodes]


def chances_of(selection: Selection, episode: Episode, similarity: np.ndarray | None = None) -> dict[str, float]:
    """Probability of every extracted answer: the references' votes, and up to `aggregate_weight` from aggregates.

    An aggregate counts more or less by the rank of its confidence and of its similarity within the question.
    """
    assert selection.vote is not None
    preset = selection.preset
    ballots, answers = _ballots(selection.matrix.models, [episode])
    support, none = selection.vote.support(ballots, selection.log_odds[[episode.question]])
    weight = 1 + preset.confidence_weight * rank_within(np.array(episode.logprobs))
    if similarity is not None:
        weight = weight + preset.similarity_weight * rank_within(similarity)
    codes = {answer: code for code, answer in enumerate(answers[0])}
    given = [one.extracted for one in episode.aggregates]
    said = np.array([-1 if one is None else codes.setdefault(one, len(codes)) for one in given], dtype=int)
    found = chances(preset, support[0, : len(answers[0])], float(none[0]), said, weight)
    return dict(zip(codes, found.tolist(), strict=True))


def _by_agreement(selection: Selection, episodes: Sequence[Episode], services: Services) -> list[Collaboration]:
    """The most probable answer, in the words of its most confident aggregate, else of its best reference."""
    plain = [episode for episode in episodes if not episode.aggregates]
    found = dict(zip(plain, _by_vote(selection, plain), strict=True))
    rich = [episode for episode in episodes if episode.aggregates]
    for episode, near in zip(rich, _similarities(selection.preset, rich, services), strict=True):
        chances = chances_of(selection, episode, near if selection.preset.similarity_weight else None)
        sure = rank_within(np.array(episode.logprobs)).tolist()
        alike = [None] * len(sure) if near is None else near.tolist()
        made = [
            replace(_weighed(one, chances), confidence=confidence, similarity=similarity)
            for one, confidence, similarity in zip(episode.aggregates, sure, alike, strict=True)
        ]
        candidates = [*(_weighed(one, chances) for one in episode.references), *made]
        n = len(episode.references)
        worth = [
            (one.posterior or 0.0, at >= n, one.similarity or 0.0, one.confidence or 0.0, -at)
            for at, one in enumerate(candidates)
        ]
        chosen = max(range(len(worth)), key=worth.__getitem__)
        found[episode] = episode.closed(candidates, chosen, candidates[chosen].posterior)
    return [found[episode] for episode in episodes]


def _by_vote(selection: Selection, episodes: Sequence[Episode]) -> list[Collaboration]:
    """Among references: the most probable answer, in the words of the best model that gave it."""
    if not episodes:
        return []
    assert selection.vote is not None
    ballots, answers = _ballots(selection.matrix.models, episodes)
    chances = selection.vote.probabilities(ballots, selection.log_odds[[episode.question for episode in episodes]])
    found = []
    for episode, row, known_answers in zip(episodes, chances.tolist(), answers, strict=True):
        by_answer = dict(zip(known_answers, row, strict=False))
        candidates = [_weighed(one, by_answer) for one in episode.references]
        # Without an extracted answer a candidate is only chosen when no other has one.
        worth = [-1.0 if one.posterior is None else one.posterior for one in candidates]
        chosen = int(np.argmax(worth)) if worth else None
        found.append(episode.closed(candidates, chosen, None if chosen is None else candidates[chosen].posterior))
    return found


def _by_similarity(preset: Preset, episodes: Sequence[Episode], services: Services) -> list[Collaboration]:
    """The first candidate with the largest similarity + c (1 - PPL); references state no PPL."""
    candidates = [episode.aggregates or episode.references for episode in episodes]
    texts = services.texts(
        [one.response_id for episode in episodes if not episode.aggregates for one in episode.references]
    )
    said = [episode.texts or [texts[one.response_id] for one in episode.references] for episode in episodes]
    found = []
    for episode, own, near in zip(episodes, candidates, _medoids(said, services), strict=True):
        logprobs = np.array(episode.logprobs) if episode.aggregates else np.full(len(own), np.nan)
        total = paper_posterior(near, logprobs, preset.ppl_coefficient)
        weighed = [
            replace(one, similarity=float(alike), confidence=known(1 - np.exp(-logprob)), posterior=float(value))
            for one, alike, logprob, value in zip(own, near, logprobs, total, strict=True)
        ]
        found.append(episode.closed(weighed, int(total.argmax()) if own else None, None))
    return found


def _by_votes(selection: Selection, episode: Episode) -> Collaboration:
    """The answer with most votes, each weighted by its model's prior or not; ties go to the first that gave it."""
    candidates = episode.aggregates or episode.references
    weights = np.ones(len(candidates))
    if selection.preset.posterior == "weighted" and not episode.aggregates:
        place = {model: at for at, model in enumerate(selection.matrix.models)}
        weights = np.nan_to_num(selection.prior[episode.question, [place[one.model] for one in candidates]])
    codes = ballots_of(np.array([[one.extracted for one in candidates]], dtype=object)).codes
    shares = vote_shares(codes, weights[None])[0]
    weighed = [replace(one, posterior=known(share)) for one, share in zip(candidates, shares, strict=True)]
    chosen = int(np.nan_to_num(shares, nan=-1.0).argmax()) if candidates else None
    return episode.closed(weighed, chosen, None)


def _similarities(preset: Preset, episodes: Sequence[Episode], services: Services) -> list[np.ndarray | None]:
    """Medoid similarity of the aggregates where it can matter: they differ and it counts, or none can be compared."""
    said = []
    for episode in episodes:
        given = {one.extracted for one in episode.aggregates} - {None}
        silent = not given and all(one.extracted is None for one in episode.references)
        said.append(episode.texts if silent or (preset.similarity_weight and len(given) > 1) else [])
    return [near if len(near) else None for near in _medoids(said, services)]


def _medoids(texts: Sequence[Sequence[str]], services: Services) -> list[np.ndarray]:
    """Mean cosine of each text to those of its question, embedded together."""
    vectors = services.embed([text for own in texts for text in own])
    ends = np.cumsum([len(own) for own in texts])
    return [
        medoid_similarity(vectors[end - len(own) : end]) if own else np.zeros(0)
        for own, end in zip(texts, ends, strict=True)
    ]


def _ballots(models: Sequence[str], episodes: Sequence[Episode]) -> tuple[Ballots, list[list[str]]]:
    """The references' votes, one per model, and each question's distinct answers in the order of their codes."""
    place = {model: at for at, model in enumerate(models)}
    extracted = np.full((len(episodes), len(models)), None, dtype=object)
    for at, episode in enumerate(episodes):
        for one in merged(episode.references):
            extracted[at, place[one.model]] = one.extracted
    answers = [list(dict.fromkeys(answer for answer in row if answer is not None)) for row in extracted]
    return ballots_of(extracted), answers


def _weighed(one: Candidate, chances: dict[str, float]) -> Candidate:
    return one if one.extracted is None else replace(one, posterior=chances[one.extracted])

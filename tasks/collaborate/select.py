"""Without an aggregator: the references are the candidates, and the posterior picks among them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from tasks.collaborate.answer import Candidate, Collaboration, agreement_of, total_cost
from tasks.collaborate.panel import Panel
from tasks.collaborate.posterior import medoid_similarity
from tasks.collaborate.vote import ballots_of
from tasks.profile.evidence import Evidence

Embed = Callable[[Sequence[str]], np.ndarray]
"""Response identifiers to unit vectors of their texts."""


def references_of(panel: Panel, evidence: Evidence, question: int) -> list[Candidate]:
    """The answers of the chosen models that are there, best model first."""
    row = panel.at[question]
    models = [m for m in panel.chosen[question] if evidence.response_ids[row, m] is not None]
    agreement = agreement_of([evidence.extracted[row, m] for m in models])
    return [
        Candidate(
            response_id=evidence.response_ids[row, m],
            model=evidence.models[m],
            extracted=evidence.extracted[row, m],
            reference_models=(evidence.models[m],),
            cost_usd=known(evidence.costs[row, m]),
            score=known(evidence.scores[row, m]),
            agreement=agreement[at],
        )
        for at, m in enumerate(models)
    ]


def select_by_vote(panel: Panel, evidence: Evidence, questions: Sequence[int]) -> list[Collaboration]:
    """The answer with the largest probability, in the words of the best model that gave it.

    A candidate without an extracted answer has probability 0 and is only chosen when no candidate has one.
    """
    assert panel.vote is not None
    rows = panel.at[np.asarray(questions, dtype=int)]
    asked = np.zeros((len(questions), len(evidence.models)), dtype=bool)
    for at, question in enumerate(questions):
        asked[at, panel.chosen[question]] = True
    ballots = ballots_of(evidence.extracted[rows]).only(asked)
    chances = panel.vote.probabilities(ballots, panel.log_odds[questions])
    place = {model: at for at, model in enumerate(evidence.models)}
    found = []
    for at, question in enumerate(questions):
        candidates = [
            replace(one, posterior=_chance(chances[at], ballots.codes[at, place[one.model]]))
            for one in references_of(panel, evidence, question)
        ]
        worth = [(one.posterior, panel.prior[question, place[one.model]]) for one in candidates]
        chosen = max(range(len(worth)), key=worth.__getitem__, default=None)
        stated = None if chosen is None or candidates[chosen].extracted is None else candidates[chosen].posterior
        found.append(_done(question, candidates, chosen, stated))
    return found


def select_by_similarity(
    panel: Panel, evidence: Evidence, questions: Sequence[int], embed: Embed
) -> list[Collaboration]:
    """The reference most similar to all references: the paper's posterior without log-probabilities."""
    all_candidates = [references_of(panel, evidence, question) for question in questions]
    vectors = embed([one.response_id for candidates in all_candidates for one in candidates])
    found, at = [], 0
    for question, candidates in zip(questions, all_candidates, strict=True):
        similarity = medoid_similarity(vectors[at : at + len(candidates)]) if candidates else np.zeros(0)
        at += len(candidates)
        weighed = [
            replace(one, similarity=float(value), posterior=float(value))
            for one, value in zip(candidates, similarity, strict=True)
        ]
        found.append(_done(question, weighed, int(similarity.argmax()) if candidates else None, None))
    return found


def known(value: float) -> float | None:
    """None for NaN."""
    return None if np.isnan(value) else float(value)


def _done(question: int, candidates: list[Candidate], chosen: int | None, stated: float | None) -> Collaboration:
    cost = total_cost([one.cost_usd for one in candidates])
    return Collaboration(question, tuple(candidates), chosen, stated, len(candidates), cost, None)


def _chance(chances: np.ndarray, code: int) -> float:
    return float(chances[code]) if code >= 0 else 0.0

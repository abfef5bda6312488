"""References that are not there yet: asked for, judged, and added to what is known."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from tasks.collaborate.panel import Panel
from tasks.collect.client import Answer, Request
from tasks.collect.messages import messages_of
from tasks.profile.evidence import Evidence
from tasks.score.verdict import Verdict


def missing_references(panel: Panel, evidence: Evidence, live: Collection[str]) -> dict[tuple[int, int], Request]:
    """Requests by (question, model) position in the evidence, for chosen models that were never asked.

    Args:
        panel: of a split.
        evidence: what is known of all questions.
        live: models that can be asked; recorded ones cannot.
    """
    wanted = {}
    for row, models in zip(panel.at.tolist(), panel.chosen, strict=True):
        for model in models.tolist():
            if evidence.response_ids[row, model] is None and evidence.models[model] in live:
                question = evidence.questions.row(row, named=True)
                wanted[row, model] = Request(question["question_id"], evidence.models[model], messages_of(question))
    return wanted


def with_answers(evidence: Evidence, answers: Mapping[tuple[int, int], tuple[Answer, Verdict]]) -> Evidence:
    """The evidence with further answers, by (question, model) position."""
    scores, costs = evidence.scores.copy(), evidence.costs.copy()
    extracted, response_ids = evidence.extracted.copy(), evidence.response_ids.copy()
    for at, (answer, verdict) in answers.items():
        scores[at] = np.nan if verdict.score is None else verdict.score
        costs[at] = np.nan if answer.cost_usd is None else answer.cost_usd
        extracted[at], response_ids[at] = verdict.extracted, answer.response_id
    return replace(evidence, scores=scores, costs=costs, extracted=extracted, response_ids=response_ids)

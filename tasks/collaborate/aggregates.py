"""Aggregates: who writes them, from which references, in waves until a question is decided."""

from collections.abc import Sequence

import numpy as np

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Preset
from tasks.collaborate.aggregate import aggregate_messages, as_reference
from tasks.collaborate.asking import Wanted, ask
from tasks.collaborate.case import Case
from tasks.collaborate.dropping import subsets_of
from tasks.collaborate.panel import Panel
from tasks.collaborate.references import room_of
from tasks.collaborate.world import World
from tasks.collect.client import Request
from tasks.collect.messages import messages_of
from warehouse.identity import hash_parts


def plan_aggregates(
    preset: Preset, panel: Panel, matrix: OutcomeMatrix, cases: Sequence[Case], world: World
) -> None:  # fmt: skip
    """Draw the subsets of references that each question's aggregates are made from.

    None are drawn for a question that was routed to one model, or has fewer references than the quorum.
    """
    for case in cases:
        quorum = min(preset.quorum, len(panel.chosen[case.question]))
        if not case.references or panel.routed[case.question] or len(case.references) < quorum:
            continue
        vectors = None
        if preset.dropping == "kmeans":
            texts = world.texts([one.response_id for one in case.references])
            vectors = world.embed([texts[one.response_id] for one in case.references])
        # Another preset with the same prior draws the same subsets, and so can share answers.
        seed = int(hash_parts("dropping", panel.split, case.question_id)[:15], 16)
        scores = _scores(preset, panel, matrix, case)
        case.subsets = subsets_of(preset, scores, np.random.default_rng(seed), vectors)[: preset.first]


async def ask_wave(
    preset: Preset, panel: Panel, matrix: OutcomeMatrix, cases: Sequence[Case], world: World
) -> None:  # fmt: skip
    """Ask the next aggregates of every question together, so that the provider is busy."""
    texts = world.texts([one.response_id for case in cases for one in case.references])
    wanted = []
    for case in cases:
        said = [as_reference(texts[one.response_id], preset.think) for one in case.references]
        writer = writer_of(preset, panel, matrix, case, world)
        end = min(case.asked + preset.wave, len(case.subsets))
        for index in range(case.asked, end):
            subset = case.subsets[index]
            prompt = aggregate_messages(
                messages_of(case.row), [said[at] for at in subset], room_of(preset, writer, world), preset.truncation
            )
            if prompt is None:
                continue
            request = Request(
                case.question_id, writer, prompt.messages, purpose="aggregate", sample_index=index,
                temperature=preset.temperature, max_tokens=preset.max_tokens,
            )  # fmt: skip
            wanted.append(Wanted(case, request, tuple(case.references[subset[at]].model for at in prompt.used)))
        case.asked = end
    for one, told in zip(wanted, await ask(wanted, world), strict=True):
        if told is not None:
            one.case.aggregates.append(told.candidate)
            one.case.texts.append(told.answer.text)
            one.case.logprobs.append(np.nan if told.answer.mean_logprob is None else told.answer.mean_logprob)


def writer_of(preset: Preset, panel: Panel, matrix: OutcomeMatrix, case: Case, world: World) -> str:
    """The model that writes a question's aggregates."""
    if preset.aggregator == "reference" and case.references[0].model in world.askable:
        return case.references[0].model
    if preset.aggregator == "prior":
        worth = dict(zip(matrix.models, panel.log_odds[case.question], strict=True))
        return max(world.writers, key=worth.__getitem__)
    return world.writers[0]


def _scores(preset: Preset, panel: Panel, matrix: OutcomeMatrix, case: Case) -> np.ndarray:
    """What the references are drawn by: their log-odds for `entropy`, else their prior."""
    place = {model: at for at, model in enumerate(matrix.models)}
    models = [place[one.model] for one in case.references]
    if preset.dropping == "entropy":
        return panel.log_odds[case.question, models]
    # With as many references as models there is no prior (SMCS reference, section 1.5).
    if preset.prior != "shrunk" and len(panel.chosen[case.question]) >= len(matrix.models):
        return np.full(len(models), np.nan)
    return panel.prior[case.question, models]

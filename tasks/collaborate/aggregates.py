"""Aggregates: who writes them, from which references, in waves until a question is decided."""

from collections.abc import Sequence

import numpy as np

from tasks.collaborate.aggregate import aggregate_messages, as_reference
from tasks.collaborate.asking import CandidateRequest, ask
from tasks.collaborate.episode import Episode
from tasks.collaborate.references import room_of
from tasks.collaborate.selection import Selection
from tasks.collaborate.services import Services
from tasks.collaborate.subsets import subsets_of
from tasks.collect.messages import messages_of
from tasks.collect.record import Request
from warehouse.identity import hash_parts


def plan_aggregates(selection: Selection, episodes: Sequence[Episode], services: Services) -> None:
    """Draw the subsets of references that each question's aggregates are made from.

    None are drawn for a question that was routed to one model, or has fewer references than the quorum.
    """
    preset = selection.preset
    for episode in episodes:
        quorum = min(preset.quorum, len(selection.chosen[episode.question]))
        if not episode.references or selection.routed[episode.question] or len(episode.references) < quorum:
            continue
        vectors = None
        if preset.dropping == "kmeans":
            texts = services.texts([one.response_id for one in episode.references])
            vectors = services.embed([texts[one.response_id] for one in episode.references])
        # Another preset with the same prior draws the same subsets, and so can share answers.
        seed = int(hash_parts("dropping", selection.split, episode.question_id)[:15], 16)
        scores = _scores(selection, episode)
        episode.subsets = subsets_of(preset, scores, np.random.default_rng(seed), vectors)[: preset.first]


async def ask_wave(selection: Selection, episodes: Sequence[Episode], services: Services) -> None:
    """Ask the next aggregates of every question together, so that the provider is busy."""
    texts = services.texts([one.response_id for episode in episodes for one in episode.references])
    preset, wanted = selection.preset, []
    for episode in episodes:
        said = [as_reference(texts[one.response_id], preset.think) for one in episode.references]
        writer = writer_of(selection, episode, services)
        end = min(episode.asked + preset.wave, len(episode.subsets))
        for index in range(episode.asked, end):
            subset = episode.subsets[index]
            prompt = aggregate_messages(
                messages_of(episode.row),
                [said[at] for at in subset],
                room_of(preset, writer, services),
                preset.truncation,
            )
            if prompt is None:
                continue
            request = Request(
                episode.question_id,
                writer,
                prompt.messages,
                purpose="aggregate",
                sample_index=index,
                temperature=preset.temperature,
                max_tokens=preset.max_tokens,
            )
            wanted.append(
                CandidateRequest(episode, request, tuple(episode.references[subset[at]].model for at in prompt.used))
            )
        episode.asked = end
    for one, told in zip(wanted, await ask(wanted, services), strict=True):
        if told is not None:
            one.episode.aggregates.append(told.candidate)
            one.episode.texts.append(told.answer.text)
            one.episode.logprobs.append(np.nan if told.answer.mean_logprob is None else told.answer.mean_logprob)


def writer_of(selection: Selection, episode: Episode, services: Services) -> str:
    """The model that writes a question's aggregates."""
    aggregator = selection.preset.aggregator
    if aggregator == "reference" and episode.references[0].model in services.askable:
        return episode.references[0].model
    if aggregator == "prior":
        worth = dict(zip(selection.matrix.models, selection.log_odds[episode.question], strict=True))
        return max(services.writers, key=worth.__getitem__)
    return services.writers[0]


def _scores(selection: Selection, episode: Episode) -> np.ndarray:
    """What the references are drawn by: their log-odds for `entropy`, else their prior."""
    preset, all_models = selection.preset, selection.matrix.models
    place = {model: at for at, model in enumerate(all_models)}
    models = [place[one.model] for one in episode.references]
    if preset.dropping == "entropy":
        return selection.log_odds[episode.question, models]
    # With as many references as models there is no prior (SMCS reference, section 1.5).
    if preset.prior != "shrunk" and len(selection.chosen[episode.question]) >= len(all_models):
        return np.full(len(models), np.nan)
    return selection.prior[episode.question, models]

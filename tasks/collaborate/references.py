"""References: known answers of the chosen models, and those asked for now, substitutes, samples and layers included."""

from collections import Counter, deque
from collections.abc import Sequence

from profiles.outcomes import OutcomeMatrix, known
from profiles.preset import Preset
from tasks.collaborate.aggregate import aggregate_messages, as_reference
from tasks.collaborate.answer import Candidate
from tasks.collaborate.asking import CandidateRequest, ask
from tasks.collaborate.episode import Episode
from tasks.collaborate.selection import Selection
from tasks.collaborate.services import Services
from tasks.collect.messages import messages_of
from tasks.collect.record import Request


async def gather(selection: Selection, services: Services) -> list[Episode]:
    """The references of every question, best model first.

    Args:
        selection: the questions, their known answers, and who answers them.
        services: who can be asked.

    Raises:
        BudgetExceeded: after everything in flight was kept.
    """
    preset = selection.preset
    episodes = [Episode(*one) for one in enumerate(selection.matrix.questions.iter_rows(named=True))]
    await _first_answers(selection, episodes, services)
    if preset.samples > 1:
        await _more_samples(preset, episodes, services)
    for _ in range(preset.layers):
        await _layer(preset, episodes, services)
    return episodes


async def _first_answers(selection: Selection, episodes: Sequence[Episode], services: Services) -> None:
    """One answer of each chosen model; where one fails, of the next-ranked, until none is left to ask."""
    queues, models, substitutes = {}, selection.matrix.models, selection.preset.substitutes
    for episode in episodes:
        chosen = selection.chosen[episode.question]
        others = [m for m in selection.ranked[episode.question] if m not in chosen] if substitutes else []
        queues[episode] = deque([*chosen, *others])
    ranks = {episode: {models[m]: at for at, m in enumerate(queue)} for episode, queue in queues.items()}
    while True:
        wanted: list[CandidateRequest] = []
        for episode in episodes:
            places = len(selection.chosen[episode.question]) - len(episode.references)
            asked = 0
            while asked < places and queues[episode]:
                at = queues[episode].popleft()
                name = models[at]
                if (there := _recorded(selection.matrix, episode.question, at)) is not None:
                    episode.references.append(there)
                    episode.paid(there.cost_usd)
                    places -= 1
                elif name in services.askable:
                    wanted.append(
                        CandidateRequest(episode, Request(episode.question_id, name, messages_of(episode.row)), (name,))
                    )
                    asked += 1
        if not wanted:
            break
        for one, told in zip(wanted, await ask(wanted, services), strict=True):
            if told is not None:
                one.episode.references.append(told.candidate)
    for episode in episodes:
        episode.references.sort(key=lambda one: ranks[episode][one.model])


def _recorded(matrix: OutcomeMatrix, row: int, model: int) -> Candidate | None:
    if matrix.response_id[row, model] is None:
        return None
    name = matrix.models[model]
    return Candidate(
        response_id=matrix.response_id[row, model],
        model=name,
        extracted=matrix.extracted[row, model],
        reference_models=(name,),
        cost_usd=known(matrix.cost_usd[row, model]),
        score=known(matrix.score[row, model]),
    )


async def _more_samples(preset: Preset, episodes: Sequence[Episode], services: Services) -> None:
    """Further real samples of every reference model; merged, the first sample of its most frequent answer remains."""
    wanted = [
        # Another purpose than the first answer's: a preset's samples are no evidence of what a model gets right.
        CandidateRequest(
            episode,
            Request(episode.question_id, one.model, messages_of(episode.row), purpose="reference", sample_index=sample),
            (one.model,),
        )
        for episode in episodes
        for one in episode.references
        if one.model in services.askable
        for sample in range(1, preset.samples)
    ]
    for one, told in zip(wanted, await ask(wanted, services), strict=True):
        if told is not None:
            references = one.episode.references
            last = max(at for at, other in enumerate(references) if other.model == told.candidate.model)
            references.insert(last + 1, told.candidate)
    if preset.merge_samples:
        for episode in episodes:
            episode.references = merged(episode.references)


def merged(references: Sequence[Candidate]) -> list[Candidate]:
    """One candidate per model: the first with the answer that the model gave most often."""
    by_model: dict[str, list[Candidate]] = {}
    for one in references:
        by_model.setdefault(one.model, []).append(one)
    kept = []
    for samples in by_model.values():
        counts = Counter(one.extracted for one in samples if one.extracted is not None)
        kept.append(max(samples, key=lambda one: counts[one.extracted] if one.extracted is not None else 0))
    return kept


async def _layer(preset: Preset, episodes: Sequence[Episode], services: Services) -> None:
    """Every reference model answers again having read all references; where it cannot, its last answer stays."""
    texts = services.texts([one.response_id for episode in episodes for one in episode.references])
    wanted, places = [], []
    for episode in episodes:
        said = [as_reference(texts[one.response_id], preset.think) for one in episode.references]
        for at, reference in enumerate(episode.references):
            room = room_of(preset, reference.model, services)
            prompt = aggregate_messages(messages_of(episode.row), said, room, preset.truncation)
            if reference.model in services.askable and prompt is not None:
                request = Request(
                    episode.question_id,
                    reference.model,
                    prompt.messages,
                    purpose="reference",
                    sample_index=at,
                    temperature=preset.temperature,
                    max_tokens=preset.max_tokens,
                )
                read = tuple(dict.fromkeys(episode.references[i].model for i in prompt.used))
                wanted.append(CandidateRequest(episode, request, read))
                places.append(at)
    for one, at, told in zip(wanted, places, await ask(wanted, services), strict=True):
        if told is not None:
            one.episode.references[at] = told.candidate


def room_of(preset: Preset, model: str, services: Services) -> int | None:
    """Tokens that a prompt may have so that the answer still fits the model's context window; None: unknown."""
    window = services.context_tokens.get(model)
    return None if window is None else window - preset.max_tokens

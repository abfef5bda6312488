"""References: known answers of the chosen models, and those asked for now, substitutes, samples and layers included."""

from collections import Counter, deque
from collections.abc import Sequence

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Preset
from tasks.collaborate.aggregate import aggregate_messages, as_reference
from tasks.collaborate.answer import Candidate, known
from tasks.collaborate.asking import Wanted, ask
from tasks.collaborate.case import Case
from tasks.collaborate.panel import Panel
from tasks.collaborate.world import World
from tasks.collect.client import Request
from tasks.collect.messages import messages_of


async def gather(
    preset: Preset, panel: Panel, matrix: OutcomeMatrix, questions: Sequence[int], world: World
) -> list[Case]:
    """The references of every question, best model first.

    Args:
        preset: how many models, samples and layers.
        panel: of a split.
        matrix: known answers.
        questions: positions in the panel.
        world: who can be asked.

    Raises:
        BudgetExceeded: after everything in flight was kept.
    """
    rows = matrix.questions[[int(panel.at[question]) for question in questions]].iter_rows(named=True)
    cases = [Case(question, row) for question, row in zip(questions, rows, strict=True)]
    await _first_answers(preset, panel, matrix, cases, world)
    if preset.samples > 1:
        await _more_samples(preset, cases, world)
    for _ in range(preset.layers):
        await _layer(preset, cases, world)
    return cases


async def _first_answers(
    preset: Preset, panel: Panel, matrix: OutcomeMatrix, cases: Sequence[Case], world: World
) -> None:  # fmt: skip
    """One answer of each chosen model; where one fails, of the next-ranked, until none is left to ask."""
    queues = {}
    for case in cases:
        chosen = panel.chosen[case.question]
        others = [m for m in panel.ranked[case.question] if m not in chosen] if preset.substitutes else []
        queues[case] = deque([*chosen, *others])
    ranks = {case: {matrix.models[m]: at for at, m in enumerate(queue)} for case, queue in queues.items()}
    while True:
        wanted: list[Wanted] = []
        for case in cases:
            places = len(panel.chosen[case.question]) - len(case.references)
            asked = 0
            while asked < places and queues[case]:
                at = queues[case].popleft()
                name = matrix.models[at]
                if (there := _recorded(panel, matrix, case, at)) is not None:
                    case.references.append(there)
                    case.paid(there.cost_usd)
                    places -= 1
                elif name in world.askable:
                    wanted.append(Wanted(case, Request(case.question_id, name, messages_of(case.row)), (name,)))
                    asked += 1
        if not wanted:
            break
        for one, told in zip(wanted, await ask(wanted, world), strict=True):
            if told is not None:
                one.case.references.append(told.candidate)
    for case in cases:
        case.references.sort(key=lambda one: ranks[case][one.model])


def _recorded(panel: Panel, matrix: OutcomeMatrix, case: Case, model: int) -> Candidate | None:
    row = panel.at[case.question]
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


async def _more_samples(preset: Preset, cases: Sequence[Case], world: World) -> None:
    """Further real samples of every reference model; merged, the first sample of its most frequent answer remains."""
    wanted = [
        # Another purpose than the first answer's: a preset's samples are no evidence of what a model gets right.
        Wanted(
            case,
            Request(case.question_id, one.model, messages_of(case.row), purpose="reference", sample_index=sample),
            (one.model,),
        )
        for case in cases
        for one in case.references
        if one.model in world.askable
        for sample in range(1, preset.samples)
    ]
    for one, told in zip(wanted, await ask(wanted, world), strict=True):
        if told is not None:
            references = one.case.references
            last = max(at for at, other in enumerate(references) if other.model == told.candidate.model)
            references.insert(last + 1, told.candidate)
    if preset.merge_samples:
        for case in cases:
            case.references = merged(case.references)


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


async def _layer(preset: Preset, cases: Sequence[Case], world: World) -> None:
    """Every reference model answers again having read all references; where it cannot, its last answer stays."""
    texts = world.texts([one.response_id for case in cases for one in case.references])
    wanted, places = [], []
    for case in cases:
        said = [as_reference(texts[one.response_id], preset.think) for one in case.references]
        for at, reference in enumerate(case.references):
            room = room_of(preset, reference.model, world)
            prompt = aggregate_messages(messages_of(case.row), said, room, preset.truncation)
            if reference.model in world.askable and prompt is not None:
                request = Request(
                    case.question_id, reference.model, prompt.messages, purpose="reference", sample_index=at,
                    temperature=preset.temperature, max_tokens=preset.max_tokens,
                )  # fmt: skip
                read = tuple(dict.fromkeys(case.references[i].model for i in prompt.used))
                wanted.append(Wanted(case, request, read))
                places.append(at)
    for one, at, told in zip(wanted, places, await ask(wanted, world), strict=True):
        if told is not None:
            one.case.references[at] = told.candidate


def room_of(preset: Preset, model: str, world: World) -> int | None:
    """Tokens that a prompt may have so that the answer still fits the model's context window; None: unknown."""
    window = world.context_tokens.get(model)
    return None if window is None else window - preset.max_tokens

"""One collaboration from references to choice: the same for a batch of questions and for a live one (EPE)."""

from collections.abc import Sequence

from profiles.outcomes import OutcomeMatrix
from profiles.preset import Preset
from tasks.collaborate.aggregates import ask_wave, plan_aggregates
from tasks.collaborate.answer import Collaboration
from tasks.collaborate.references import gather
from tasks.collaborate.select import chances_of, choose_among
from tasks.collaborate.selection import Selection
from tasks.collaborate.services import Services


async def answer_questions(
    preset: Preset, selection: Selection, matrix: OutcomeMatrix, questions: Sequence[int], services: Services
) -> list[Collaboration]:
    """Gather references, ask the aggregator in waves until a question is decided or has all its candidates, choose.

    Args:
        preset: how.
        selection: of the split.
        matrix: what is known of all questions.
        questions: positions in the selection.
        services: calls, verdicts, vectors and texts; without writers the references are chosen from.

    Raises:
        BudgetExceeded: after everything in flight was kept.
    """
    episodes = await gather(preset, selection, matrix, questions, services)
    if preset.aggregate and services.writers:
        plan_aggregates(preset, selection, matrix, episodes, services)
    while waiting := [episode for episode in episodes if episode.open]:
        if preset.stop_at is not None:
            for episode in waiting:
                chances = chances_of(preset, selection, matrix, episode)
                episode.decided = max(chances.values(), default=0.0) >= preset.stop_at
            waiting = [episode for episode in waiting if episode.open]
        await ask_wave(preset, selection, matrix, waiting, services)
    return choose_among(preset, selection, matrix, episodes, services)

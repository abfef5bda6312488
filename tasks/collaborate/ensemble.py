"""One collaboration from references to choice: the same for a batch of questions and for a live one (EPE)."""

from tasks.collaborate.aggregates import ask_wave, plan_aggregates
from tasks.collaborate.answer import Collaboration
from tasks.collaborate.references import gather
from tasks.collaborate.select import chances_of, choose_among
from tasks.collaborate.selection import Selection
from tasks.collaborate.services import Services


async def answer_questions(selection: Selection, services: Services) -> list[Collaboration]:
    """Gather references, ask the aggregator in waves until a question is decided or has all its candidates, choose.

    Args:
        selection: the questions, and which models are asked.
        services: calls, verdicts, vectors and texts; without writers the references are chosen from.

    Raises:
        BudgetExceeded: after everything in flight was kept.
    """
    preset = selection.preset
    episodes = await gather(selection, services)
    if preset.aggregate and services.writers:
        plan_aggregates(selection, episodes, services)
    while waiting := [episode for episode in episodes if episode.open]:
        if preset.stop_at is not None:
            for episode in waiting:
                chances = chances_of(selection, episode)
                episode.decided = max(chances.values(), default=0.0) >= preset.stop_at
            waiting = [episode for episode in waiting if episode.open]
        await ask_wave(selection, waiting, services)
    return choose_among(selection, episodes, services)

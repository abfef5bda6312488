"""One collaboration from references to choice: the same for a batch of questions and for a live one (EPE)."""

from collections.abc import Sequence

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Preset
from tasks.collaborate.aggregates import ask_wave, plan_aggregates
from tasks.collaborate.answer import Collaboration
from tasks.collaborate.choice import chances_of, choose_among
from tasks.collaborate.panel import Panel
from tasks.collaborate.references import gather
from tasks.collaborate.world import World


async def answer_questions(
    preset: Preset, panel: Panel, matrix: OutcomeMatrix, questions: Sequence[int], world: World
) -> list[Collaboration]:
    """Gather references, ask the aggregator in waves until a question is decided or has all its candidates, choose.

    Args:
        preset: how.
        panel: of the split.
        matrix: what is known of all questions.
        questions: positions in the panel.
        world: calls, verdicts, vectors and texts; without writers the references are chosen from.

    Raises:
        BudgetExceeded: after everything in flight was kept.
    """
    cases = await gather(preset, panel, matrix, questions, world)
    if preset.aggregate and world.writers:
        plan_aggregates(preset, panel, matrix, cases, world)
    while waiting := [case for case in cases if case.open]:
        if preset.stop_at is not None:
            for case in waiting:
                chances = chances_of(preset, panel, matrix, case)
                case.decided = max(chances.values(), default=0.0) >= preset.stop_at
            waiting = [case for case in waiting if case.open]
        await ask_wave(preset, panel, matrix, waiting, world)
    return choose_among(preset, panel, matrix, cases, world)

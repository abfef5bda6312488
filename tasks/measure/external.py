"""Services that route by themselves, such as OpenRouter's auto: their own answers stand beside those of routers."""

from collections.abc import Collection

import numpy as np

from profiles.outcomes import load_outcomes
from profiles.schema import RunProfile
from profiles.system import System
from tasks.measure.coverage import Gap
from tasks.measure.outcomes import Outcomes
from tasks.measure.settle import one_model, settle


def external_routers(
    run: RunProfile, models: Collection[str], question_ids: np.ndarray, tested: np.ndarray, taken: Collection[str]
) -> tuple[list[tuple[System, Outcomes]], list[Gap]]:
    """Records and outcomes of the services of a profile; and, as gaps, those that it names and that never answered, and
    those whose answers nobody judged.

    An answer is one call, at what it was billed or recorded to cost, whichever model was served. So is a question that
    it has no answer to, of unknown score and cost, as it is where a router's model did not answer: the question was in
    the test part, and `missing: fail` counts it as wrong. No ranking mixes such calls with those of others: a system
    with a score for fewer questions than are compared on is not ranked (`RunResult.ranked`).

    Args:
        run: names them.
        models: of the pool; a service among them is a candidate as any other, and no router.
        question_ids: (Q,) the questions that systems are compared on.
        tested: (S, Q) whether the question is in the seed's test part.
        taken: names that other systems have already.
    """
    names = [name for name in run.external_routers if name not in models]
    if not names:
        return [], []
    every = load_outcomes(run.datasets, names, run.score_mode, {})
    place = {question: at for at, question in enumerate(every.question_ids)}
    matrix = every.rows(np.array([place[question] for question in question_ids]))
    asked, decisions = tested.any(axis=0), [one_model(np.where(test, 0, -1), 1) for test in tested]
    found, gaps = [], []
    for name in names:
        own = matrix.only([name])
        if not np.isnan(own.score[asked]).all():
            system = System("router", name, "service" if name in taken else "")
            found.append((system, settle(system.label, own, decisions)))
        elif own.answered[asked].any():
            told = "none of its answers here has a verdict; `concertino score` judges what was collected"
            gaps.append(Gap("system", name, 0, int(asked.sum()), told))
        elif "external_routers" in run.model_fields_set:
            gaps.append(Gap("system", name, 0, int(asked.sum()), "it has no answer here"))
    return found, gaps

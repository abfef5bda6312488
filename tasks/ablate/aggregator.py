"""Settings that need an aggregator, answered with the pool's own: what is known already costs nothing again."""

import numpy as np

from profiles.bank import Bank
from tasks.ablate.answer import Answers
from tasks.ablate.ground import Ground
from tasks.ablate.study import Setting
from tasks.collaborate.desk import Desk
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.panel import learn, make_panel
from tasks.collaborate.work import code_questions

QUESTIONS = 150  # of every seed, evenly spaced over the datasets


def answer_with_aggregator(ground: Ground, setting: Setting, desk: Desk) -> Answers:
    """The answers of a setting, asked for as a run would ask; NaN for the questions that are left out.

    Args:
        ground: bank and questions.
        setting: its preset aggregates.
        desk: calls, verdicts and vectors.

    Raises:
        BudgetExceeded: at the cap; everything paid for is kept.
    """
    preset, matrix = setting.preset, ground.matrix
    picked = np.arange(len(ground.tested))[:: -(-len(ground.tested) // QUESTIONS)]
    at, datasets = ground.tested[picked], matrix.questions["dataset"].to_numpy()
    bank = Bank(ground.split, matrix.rows(ground.bank), ground.vectors[ground.bank])
    panel = make_panel(
        preset, ground.split, bank, learn(preset, bank, matrix), matrix, at, ground.vectors[at],
        code_questions(datasets[at].tolist()),
    )  # fmt: skip
    found = desk.run(answer_questions(preset, panel, matrix, range(len(at)), desk.world(preset)))
    values = np.full((3, len(ground.tested)), np.nan)
    for place, one in zip(picked, found, strict=True):
        score = None if one.chosen is None else one.candidates[one.chosen].score
        values[:, place] = [np.nan if value is None else value for value in (score, one.n_call, one.cost_usd)]
    return Answers(*values)

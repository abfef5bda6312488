"""Settings that need an aggregator, answered with the pool's own: what is known already costs nothing again."""

import numpy as np

from profiles.bank import Bank, refuse_overlap
from tasks.analyse.answer import Answers
from tasks.analyse.split_data import SplitData
from tasks.analyse.study import Setting
from tasks.collaborate.batch_services import BatchServices
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.plan import code_questions
from tasks.collaborate.selection import learn, make_selection

QUESTIONS = 150  # of every seed, evenly spaced over the datasets
ASKED = f"Asked of the pool's aggregator; at most {QUESTIONS} questions per seed. "


def answer_with_aggregator(data: SplitData, setting: Setting, batch: BatchServices) -> Answers:
    """The answers of a setting, asked for as a run would ask; NaN for the questions that are left out.

    Args:
        data: bank and questions.
        setting: its preset aggregates.
        batch: calls, verdicts and vectors.

    Raises:
        BudgetExceeded: at the cap; everything paid for is kept.
    """
    preset, matrix = setting.preset, data.matrix
    picked = np.arange(len(data.tested))[:: -(-len(data.tested) // QUESTIONS)]
    at = data.tested[picked]
    bank = Bank(data.split, matrix.rows(data.bank), data.vectors[data.bank])
    asked = matrix.rows(at)
    refuse_overlap(bank.contents, asked.content_hashes)
    fitted, code = learn(preset, bank, matrix), code_questions(asked.questions["dataset"].to_list())
    selection = make_selection(preset, data.split, bank, fitted, asked, data.vectors[at], code)
    found = batch.run(answer_questions(selection, batch.services(preset)))
    values = np.full((3, len(data.tested)), np.nan)
    for place, one in zip(picked, found, strict=True):
        score = None if one.chosen is None else one.candidates[one.chosen].score
        values[:, place] = [np.nan if value is None else value for value in (score, one.n_call, one.cost_usd)]
    return Answers(*values)

"""Where the gap to the oracle comes from: accuracy by how many models know the answer."""

from collections.abc import Iterable
from functools import partial
from itertools import pairwise

import numpy as np

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.answer import Answers, Runner, best_of
from tasks.analyse.split_data import order_of
from tasks.analyse.study import Setting, Study

_SYSTEMS = ("first by prior", "best on the bank", "drawn")


@analyses.register("recall-failure")
def recall_failure(material: Material) -> Iterable[Study]:
    """Accuracy by how many models solve a question."""
    models = len(material.pool.models)
    edges = [one for one in (1, 2, 3, 4, 6, 9, 13, 18, 25) if one <= models] + [models + 1]
    parts = {"any number": (1, models)}
    parts |= {_named(low, high - 1): (low, high - 1) for low, high in pairwise(edges)}
    settings = [
        Setting(label, material.base, None, series, answer=partial(_of, least=least, most=most))
        for series in _SYSTEMS
        for label, (least, most) in parts.items()
    ]
    yield Study(
        "recall-failure",
        "Accuracy by how many models solve a question",
        "An oracle solves all of these questions, so 100 % less the accuracy, times the number of questions, is what "
        "each group adds to the gap. Routing by the neighbours' prior, always the best model, and a drawn one; "
        "differences are to routing, on the same questions.",
        tuple(settings),
        ("any number", _SYSTEMS[0]),
        hindsight=True,
    )


def _named(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _of(runner: Runner, setting: Setting, *, least: int, most: int) -> Answers:
    data = runner.data
    score = data.matrix.score[data.tested]
    knowing = (np.nan_to_num(score) > 0).sum(axis=1)
    counted = (knowing >= least) & (knowing <= most)
    shape = np.arange(score.shape[1])
    if setting.series == "drawn":
        known = ~np.isnan(score)
        mean = np.nan_to_num(score).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        cost = data.matrix.cost_usd[data.tested].mean(axis=1)
        return Answers(*(np.where(counted, one, np.nan) for one in (mean, np.ones(len(mean)), cost)))
    best = np.full(len(score), order_of(data, "best first")[0])
    chosen = runner.ask(setting).ranking.order[:, 0] if setting.series == "first by prior" else best
    return best_of(data, chosen[:, None] == shape, counted)

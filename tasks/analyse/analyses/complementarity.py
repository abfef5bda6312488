"""What each model solves that the best one does not: wins, pair by pair."""

from collections.abc import Iterable
from functools import partial

import numpy as np

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.answer import Answers, Runner, best_of
from tasks.analyse.split_data import order_of
from tasks.analyse.study import Setting, Study


@analyses.register("complementarity")
def complementarity(material: Material) -> Iterable[Study]:
    """What each model solves that the best one does not."""
    models = material.pool.models
    alone, either = "alone", "it or the best"
    settings = [Setting("best on the bank", material.base, answer=partial(_of, model=None, with_best=True))]
    for series, with_best in ((alone, False), (either, True)):
        settings += [
            Setting(model, material.base, series=series, answer=partial(_of, model=model, with_best=with_best))
            for model in models
        ]
    yield Study(
        "complementarity",
        "What each model adds to the best one",
        "Accuracy of every model alone, and of an oracle that may choose between it and the model that is best on the "
        "bank; the latter's difference to the base is the share of questions that it solves and the best does not.",
        tuple(settings),
        ("best on the bank", ""),
        hindsight=True,
    )


def _of(runner: Runner, setting: Setting, *, model: str | None, with_best: bool) -> Answers:
    data = runner.data
    chosen = [order_of(data, "best first")[0]] if with_best else []
    chosen += [] if model is None else [data.matrix.models.index(model)]
    inside = np.isin(np.arange(len(data.matrix.models)), chosen)
    return best_of(data, np.tile(inside, (len(data.tested), 1)))

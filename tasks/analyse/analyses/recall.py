"""Model recall: whether a model that knows the answer is among those that retrieval puts first."""

from collections.abc import Iterable
from functools import partial

import numpy as np

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.answer import Answers, Runner, best_of
from tasks.analyse.study import Setting, Study

_FEW = 3  # models that know the answer: the questions where routing could gain most
_DEPTHS = (1, 2, 3, 5, 8, 12)


@analyses.register("recall")
def recall(material: Material) -> Iterable[Study]:
    """Recall@k of the models' order, of all questions that anybody solves and of those that few do."""
    models = len(material.pool.models)
    depths = sorted({k for k in _DEPTHS if k < models} | {models})
    parts = {"anybody solves": models, f"at most {_FEW} models solve": _FEW}
    settings = [
        Setting(f"first {k}", material.base, k, series, answer=partial(_of, depth=k, most=most))
        for series, most in parts.items()
        for k in depths
    ]
    yield Study(
        "recall",
        "Model recall",
        "Share of the questions that somebody solves for which a model that solves it is among the first k by the "
        "neighbours' prior. Where few models solve a question, retrieval must find them: a router can be no better "
        "than recall at 1, a vote of k no better than recall at k.",
        tuple(settings),
        ("first 1", "anybody solves"),
        "first k models",
        hindsight=True,
    )


def _of(runner: Runner, setting: Setting, *, depth: int, most: int) -> Answers:
    data = runner.data
    right = np.nan_to_num(data.matrix.score[data.tested]) > 0
    first = np.argsort(runner.ask(setting).ranking.order, axis=1) < depth
    knowing = right.sum(axis=1)
    found = best_of(data, first, (knowing >= 1) & (knowing <= most))
    return Answers(np.where(np.isnan(found.scores), np.nan, (right & first).any(axis=1)), found.calls, found.costs)

"""What an oracle over a pool could get, by its size and by who is in it."""

from collections.abc import Iterable

import numpy as np

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.answer import Answers, Runner, best_of
from tasks.analyse.split_data import order_of
from tasks.analyse.study import Order, Setting, Study


@analyses.register("oracle-by-size")
def oracle_by_size(material: Material) -> Iterable[Study]:
    """How much complementarity there is to gain, and how few models have it."""
    orders: tuple[Order, ...] = ("curated", "best first", "random")
    sizes = range(1, len(material.pool.models) + 1)
    settings = [
        Setting(f"{size} models" if size > 1 else "1 model", material.base, size, order, pool=(order, size), answer=_of)
        for order in orders
        for size in sizes
    ]
    yield Study(
        "oracle-by-size",
        "What some of the models could solve",
        "Share of questions that at least one model of the pool solves (an oracle: nobody gets there without knowing "
        "the truth). Curated: always the model that adds most on the bank. Samples are one an answer, so luck counts, "
        "and the more models the more of it.",
        tuple(settings),
        ("1 model", "best first"),
        "models in the pool",
        hindsight=True,
    )


def _of(runner: Runner, setting: Setting) -> Answers:
    assert setting.pool is not None
    order, size = setting.pool
    inside = np.isin(np.arange(len(runner.data.matrix.models)), order_of(runner.data, order)[:size])
    return best_of(runner.data, np.tile(inside, (len(runner.data.tested), 1)))

"""What more train questions bring a router."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.answer import Answers, Runner, best_of
from tasks.analyse.routed import routed
from tasks.analyse.split_data import SplitData, order_of
from tasks.analyse.study import Setting, Study

_CHEAP = ("concertino", "dataset-classifier", "knn", "ridge", "rps")  # fitted in a second on some thousand questions
_SHARES = (0.1, 0.25, 0.5, 1.0)
_BEST = "best single"


@analyses.register("data-scaling")
def data_scaling(material: Material) -> Iterable[Study]:
    """Accuracy of the profile's cheap routers, and of the best single model, by how much of the bank they know."""
    series = [_BEST, *(name for name in _CHEAP if name == "knn" or name in material.run.routers)]
    settings = [
        Setting(
            f"{share:.0%}",
            material.base,
            share,
            name,
            router=None if name == _BEST else name,
            answer=partial(_of, share=share),
        )
        for name in series
        for share in _SHARES
    ]
    yield Study(
        "data-scaling",
        "What more train questions bring a router",
        "Routers fitted on random parts of the bank, the smaller inside the larger; and the model that is best on each "
        "part, asked alone. Differences are to the best model of the whole bank.",
        tuple(settings),
        ("100%", _BEST),
        "share of the bank",
    )


def _of(runner: Runner, setting: Setting, *, share: float) -> Answers:
    data = part_of(runner.data, share)
    if setting.router is not None:
        return routed(data, setting.router)
    alone = np.arange(len(data.matrix.models)) == order_of(data, "best first")[0]
    return best_of(data, np.tile(alone, (len(data.tested), 1)))


def part_of(data: SplitData, share: float) -> SplitData:
    """The first questions of the bank in an order drawn by the seed; who is near whom is still that of the whole."""
    drawn = np.random.default_rng(data.seed).permutation(data.bank)
    return replace(data, bank=np.sort(drawn[: max(1, round(share * len(drawn)))]))

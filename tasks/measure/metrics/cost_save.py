"""LLMRouterBench's CostSave: what a method saves at no less than the accuracy of the best single model."""

import numpy as np

from profiles.arrays import Float1D
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled

_SAME = 1e-12


@metric("cost_save", level="method", unit="fraction", better="higher", against=("best-single",), needs={"cost"})
def cost_save(method: Resampled, best: Resampled) -> Float1D:
    """1 - cost of its cheapest point that is as accurate as the best single model / that model's cost.

    NaN where no point is; below 0 where such a point costs more. The point is chosen as in `perf_gain`.
    """
    enough = method.accuracy[0] >= best.accuracy[0] - _SAME
    if not enough.any():
        return np.full(len(method.accuracy), np.nan)
    cost = method.cost_usd[:, int(np.where(enough, method.cost_usd[0], np.inf).argmin())]
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1.0 - np.where(best.cost_usd > 0, cost / best.cost_usd, np.nan)

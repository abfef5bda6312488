"""Hypervolume: how much of the plane of cost and accuracy a method's points dominate, up to a fixed reference point.

The reference point is accuracy 0 at the cost of asking every model of the pool once, which is what `majority` costs; it
does not depend on which methods are compared. With cost in units of that, the area is the mean, over budgets from
nothing to asking everybody, of the best accuracy to be had for the budget.
"""

import numpy as np

from profiles.arrays import Float1D
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("hypervolume", level="method", unit="share", better="higher", against=("majority",), needs={"cost"})
def hypervolume(method: Resampled, everybody: Resampled) -> Float1D:
    """In [0, 1]; a point that costs more than asking everybody dominates nothing, NaN where everybody is free."""
    most = everybody.cost_usd[:, None]
    order = np.argsort(method.cost_usd, axis=1, kind="stable")
    cost = np.minimum(np.take_along_axis(method.cost_usd, order, axis=1), most)
    best = np.maximum.accumulate(np.take_along_axis(method.accuracy, order, axis=1), axis=1)
    area = (best * np.diff(np.hstack([cost, most]), axis=1)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(most[:, 0] > 0, area / most[:, 0], np.nan)

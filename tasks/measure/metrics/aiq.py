"""RouterBench's AIQ: the mean quality of a method's curve over a range of budgets."""

from profiles.arrays import Float1D
from tasks.measure.frontier import hull_mean
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("aiq", level="method", unit="share", better="higher", against=("best-single",), needs={"cost"})
def aiq(method: Resampled, best: Resampled) -> Float1D:
    """Over budgets from nothing to the cost of the best single model, along the curve's non-decreasing convex hull.

    The hull begins with no accuracy for no cost. The range is that of one model, so other methods do not move it.
    """
    return hull_mean(method.cost_usd, method.accuracy, best.cost_usd)

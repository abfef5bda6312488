"""LLMRouterBench's PerfGain: what a method's most accurate point gains over the best single model."""

import numpy as np

from profiles.arrays import Float1D
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("perf_gain", level="method", unit="fraction", better="higher", against=("best-single",))
def perf_gain(method: Resampled, best: Resampled) -> Float1D:
    """Ratio of macro accuracies, - 1.

    The point is chosen on the very questions it is told of, so the value flatters a method of many points; the interval
    is of that point, not of the choice. `gain_at_best_ratio` of the method's own point is free of it.
    """
    if np.isnan(method.accuracy[0]).any():
        return np.full(len(method.accuracy), np.nan)
    accuracy = method.accuracy[:, int(method.accuracy[0].argmax())]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(best.accuracy > 0, accuracy / best.accuracy, np.nan) - 1.0

"""LLMRouterBench's AvgAcc: the mean over seeds of each seed's macro accuracy."""

import numpy as np

from profiles.arrays import Float1D
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("accuracy_by_seed", level="system", unit="share", better="higher")
def accuracy_by_seed(system: Resampled) -> Float1D:
    """A value without an interval: resamples are of questions, not of seeds."""
    seeds = np.array([seed.accuracy[0] for seed in system.seeds or (system,)])
    known = seeds[~np.isnan(seeds)]
    return np.array([known.mean() if len(known) else np.nan])

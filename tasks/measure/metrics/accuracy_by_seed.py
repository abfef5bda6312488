"""LLMRouterBench's AvgAcc: the mean over seeds of each seed's macro accuracy."""

from profiles.arrays import Float1D
from tasks.measure.gains import macro
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled, seed_mean


@metric("accuracy_by_seed", level="system", unit="share", better="higher")
def accuracy_by_seed(system: Resampled) -> Float1D:
    """A value without an interval: resamples are of questions, not of seeds."""
    return seed_mean(macro, system)

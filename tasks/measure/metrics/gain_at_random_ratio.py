"""LLMRouterBench's older ImpRand: the gain over a model drawn at random, as a ratio of macro accuracies."""

from profiles.arrays import Float1D
from tasks.measure.gains import ratio_of_means
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("gain_at_random_ratio", level="pair", unit="fraction", better="higher", against=("random",))
def gain_at_random_ratio(system: Resampled, baseline: Resampled) -> Float1D:
    """Macro accuracy of the system over that of the baseline, - 1."""
    return ratio_of_means(system.by_dataset, baseline.by_dataset)

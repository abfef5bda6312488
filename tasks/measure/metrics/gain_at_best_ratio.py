"""LLMRouterBench's older ImpMax: the gain over the best single model, as a ratio of macro accuracies."""

from profiles.arrays import Float1D
from tasks.measure.gains import ratio_of_means
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("gain_at_best_ratio", level="pair", unit="fraction", better="higher", against=("best-single",))
def gain_at_best_ratio(system: Resampled, baseline: Resampled) -> Float1D:
    """Macro accuracy of the system over that of the baseline, - 1."""
    return ratio_of_means(system.by_dataset, baseline.by_dataset)

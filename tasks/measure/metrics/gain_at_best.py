"""LLMRouterBench's Gain@B: what a system gains over the best single model, as a fraction of its accuracy."""

from profiles.arrays import Float1D
from tasks.measure.gains import mean_of_ratios
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("gain_at_best", level="pair", unit="fraction", better="higher", against=("best-single",))
def gain_at_best(system: Resampled, baseline: Resampled) -> Float1D:
    """Mean over datasets of the ratio of accuracies, - 1."""
    return mean_of_ratios(system.by_dataset, baseline.by_dataset)

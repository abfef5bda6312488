"""LLMRouterBench's Gain@R: what a system gains over a model drawn at random, as a fraction of its accuracy."""

from profiles.arrays import Float1D
from tasks.measure.gains import mean_of_ratios
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("gain_at_random", level="pair", unit="fraction", better="higher", against=("random",))
def gain_at_random(system: Resampled, baseline: Resampled) -> Float1D:
    """Mean over datasets of the ratio of accuracies, - 1."""
    return mean_of_ratios(system.by_dataset, baseline.by_dataset)

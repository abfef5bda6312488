"""LLMRouterBench's Gap@O: what a system lacks of the oracle's accuracy, as a fraction of it."""

from profiles.arrays import Float1D
from tasks.measure.gains import mean_of_ratios
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("gap_at_oracle", level="pair", unit="fraction", better="lower", against=("oracle",))
def gap_at_oracle(system: Resampled, oracle: Resampled) -> Float1D:
    """Mean over datasets of 1 - the ratio of accuracies."""
    return 0.0 - mean_of_ratios(system.by_dataset, oracle.by_dataset)

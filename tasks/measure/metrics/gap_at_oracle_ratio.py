"""LLMRouterBench's older OracleGap: what a system lacks of the oracle's accuracy, as a ratio of macro accuracies."""

from profiles.arrays import Float1D
from tasks.measure.gains import ratio_of_means
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("gap_at_oracle_ratio", level="pair", unit="fraction", better="lower", against=("oracle",))
def gap_at_oracle_ratio(system: Resampled, oracle: Resampled) -> Float1D:
    """1 - macro accuracy of the system over that of the oracle."""
    return 0.0 - ratio_of_means(system.by_dataset, oracle.by_dataset)

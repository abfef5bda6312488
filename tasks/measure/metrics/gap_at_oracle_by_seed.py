"""LLMRouterBench's Gap@O as its table has it: the mean of what each seed's test part says alone."""

from profiles.arrays import Float1D
from tasks.measure.gains import mean_of_ratios
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled, seed_mean


@metric("gap_at_oracle_by_seed", level="pair", unit="fraction", better="lower", against=("oracle",))
def gap_at_oracle_by_seed(system: Resampled, oracle: Resampled) -> Float1D:
    """Mean over seeds of `gap_at_oracle` on the seed's own test part.

    Of few questions a ratio is larger in the mean than that of many: the denominator may be small by chance.
    """
    return 0.0 - seed_mean(mean_of_ratios, system, oracle)

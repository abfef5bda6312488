"""Model calls for the questions that were asked, mean over seeds per question."""

import numpy as np

from tasks.measure.intervals import Estimate
from tasks.measure.metric import Figure, metric
from tasks.measure.resampled import Resampled


@metric("calls", level="system", unit="calls", better="lower", needs={"calls"}, per_dataset=True)
def calls(system: Resampled) -> Figure:
    """A count is exact: it has no interval."""
    asked = system.calls[~np.isnan(system.calls)]
    return Estimate(float(asked.sum()), None, None, len(asked)) if len(asked) else None

"""What the questions of known cost cost, mean over seeds per question."""

import numpy as np

from tasks.measure.intervals import Estimate
from tasks.measure.metric import Figure, metric
from tasks.measure.resampled import Resampled


@metric("cost_usd", level="system", unit="usd", better="lower", needs={"cost", "calls"}, per_dataset=True)
def cost_usd(system: Resampled) -> Figure:
    """A sum is exact: it has no interval; its n are the questions whose cost is known."""
    asked = ~np.isnan(system.calls)
    known = system.costs[asked & ~np.isnan(system.costs)]
    return Estimate(float(known.sum()) if len(known) else None, None, None, len(known)) if asked.any() else None

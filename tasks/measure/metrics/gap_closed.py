"""The share of the way from the best single model to the oracle that a system goes."""

import numpy as np

from profiles.arrays import Float1D
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled

ENDS = ("best-single", "oracle")
_NO_GAP = 1e-12


@metric("gap_closed", level="pair", unit="share", better="higher", against=ENDS)
def gap_closed(system: Resampled, best: Resampled, oracle: Resampled) -> Float1D:
    """By macro accuracy: 0 is as good as the best single model, 1 as the oracle; NaN where there is no gap."""
    gap = oracle.accuracy - best.accuracy
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(gap > _NO_GAP, (system.accuracy - best.accuracy) / gap, np.nan)

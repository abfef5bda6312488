"""Micro accuracy: the mean score of all questions, whichever dataset they are of."""

import numpy as np

from profiles.arrays import Float1D
from tasks.measure.gains import ratio, total
from tasks.measure.metric import metric
from tasks.measure.resampled import Resampled


@metric("accuracy_micro", level="system", unit="share", better="higher")
def accuracy_micro(system: Resampled) -> Float1D:
    """Datasets without a question of the system have no part in its resamples either."""
    there = system.n[:, :1] > 0
    score, n = (total(np.where(there, part, 0.0))[None] for part in (system.score, system.n))
    micro: Float1D = ratio(score, n)[0]
    return micro

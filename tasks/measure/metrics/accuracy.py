"""Macro accuracy: the unweighted mean over datasets of the mean score per question."""

from tasks.measure.intervals import FEW, share_estimate
from tasks.measure.metric import Figure, metric
from tasks.measure.resampled import Resampled


@metric("accuracy", level="system", unit="share", better="higher", per_dataset=True)
def accuracy(system: Resampled) -> Figure:
    """Of few questions of one dataset, with the exact interval of a share."""
    values, n = system.accuracy, system.n_question
    one_dataset = int((system.n[:, 0] > 0).sum()) == 1
    return share_estimate(float(values[0]), n) if one_dataset and n < FEW else values

"""Brier score: the mean squared difference of stated probability and score."""

from tasks.measure.metric import Figure, metric
from tasks.measure.resampled import Resampled


@metric("brier", level="system", unit="squared", better="lower", needs={"probability"})
def brier(system: Resampled) -> Figure:
    """Of all questions pooled; none for a system that states no probability."""
    return None if system.calibration is None else system.calibration.brier

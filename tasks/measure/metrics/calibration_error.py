"""Expected calibration error: how far stated probabilities are from accuracies, mean over bins."""

from tasks.measure.metric import Figure, metric
from tasks.measure.resampled import Resampled


@metric("calibration_error", level="system", unit="share", better="lower", needs={"probability"})
def calibration_error(system: Resampled) -> Figure:
    """Of all questions pooled; none for a system that states no probability."""
    return None if system.calibration is None else system.calibration.error

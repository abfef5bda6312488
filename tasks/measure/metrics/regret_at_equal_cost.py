"""Regret at equal cost: what a point lacks of the best single model that costs no more than it does."""

import numpy as np

from tasks.measure.metric import Figure, metric
from tasks.measure.resampled import Resampled


@metric("regret_at_equal_cost", level="field", unit="share", better="lower", needs={"cost"})
def regret_at_equal_cost(field: Resampled) -> dict[str, Figure]:
    """Difference of macro accuracies; below 0 where no single model of its cost is as accurate.

    The model is the best one on the questions that are told of, which is hard on the point. Other methods do not move
    it. NaN where even the cheapest model costs more, or where no model's cost is known.
    """
    models = np.flatnonzero(field.models)
    found: dict[str, Figure] = {}
    for place, name in enumerate(field.names):
        within = models[field.cost_usd[0, models] <= field.cost_usd[0, place]]
        accuracy = field.accuracy[:, place]
        best = within[field.accuracy[0, within].argmax()] if len(within) else None
        found[name] = np.full(len(accuracy), np.nan) if best is None else field.accuracy[:, best] - accuracy
    return found

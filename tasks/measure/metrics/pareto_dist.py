"""LLMRouterBench's ParetoDist, as its table has it: how far a method's points are from the field's frontier."""

import numpy as np

from tasks.measure.frontier import frontier_distance
from tasks.measure.metric import Figure, metric
from tasks.measure.resampled import Resampled


@metric("pareto_dist", level="field", unit="distance", better="lower", needs={"cost"})
def pareto_dist(field: Resampled) -> dict[str, Figure]:
    """Mean over a method's points of the Manhattan distance to the nearest vertex of the frontier.

    Both axes are scaled to [0, 1] over the field, so every other point moves it: see the row's `point_set`.
    """
    distance, methods = frontier_distance(field.cost_usd, field.accuracy), np.array(field.methods)
    return {name: distance[:, methods == name].mean(axis=1) for name in dict.fromkeys(field.methods)}

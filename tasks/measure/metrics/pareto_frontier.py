"""Whether a point is on the Pareto frontier: nothing in the field is as cheap and as accurate, and better in one."""

from tasks.measure.frontier import on_frontier
from tasks.measure.metric import Figure, metric
from tasks.measure.resampled import Resampled


@metric("pareto_frontier", level="field", unit="membership", better="higher", needs={"cost"})
def pareto_frontier(field: Resampled) -> dict[str, Figure]:
    """1 or 0 for every point; an interval from 0 to 1 says that other questions could have told otherwise."""
    on = on_frontier(field.cost_usd, field.accuracy).astype(float)
    return {name: on[:, place] for place, name in enumerate(field.names)}

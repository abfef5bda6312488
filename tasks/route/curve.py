"""The curve of a policy that says what each model costs: the same trade-offs for all, so that they compare."""

import numpy as np

from tasks.route.contract import Point, Policy

_SHARES = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


class CostPolicy(Policy):
    """A policy that trades its predicted score for cost.

    Attributes:
        cost: (M,) mean cost of each model in USD, NaN where unknown.
    """

    cost: np.ndarray

    @property
    def points(self) -> tuple[Point, ...]:
        """Score alone, and with cost; see `cost_points`."""
        return cost_points(self.cost)


def cost_points(cost: np.ndarray) -> tuple[Point, ...]:
    """Score alone; then, by name, the share w of cost in w * cost / highest + (1 - w) * (1 - score).

    Args:
        cost: (M,) mean cost of each model in USD; where one is unknown or none costs anything, there is score alone.
    """
    highest = cost.max(initial=0.0)  # NaN where one is
    if not highest > 0:
        return (Point(),)
    return (Point(), *(Point(f"cost {share:g}", share / (1.0 - share) / float(highest)) for share in _SHARES))

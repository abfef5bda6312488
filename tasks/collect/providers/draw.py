"""Deterministic chance: the same words give the same draw, on every machine."""

import math
from random import Random
from statistics import NormalDist

from warehouse.identity import hash_parts

_NORMAL = NormalDist()


def uniform(*parts: object) -> float:
    """A draw from (0, 1)."""
    return (int(hash_parts(*parts), 16) + 0.5) / 16**20


def normal(*parts: object) -> float:
    """A draw from the standard normal distribution."""
    return _NORMAL.inv_cdf(min(max(uniform(*parts), 1e-12), 1 - 1e-12))


def random(*parts: object) -> Random:
    """A generator for several draws."""
    return Random(hash_parts(*parts))


def logistic(x: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-x))


def logit(p: float) -> float:
    """Its inverse; p is kept within 0.1 % and 99.9 %."""
    p = min(max(p, 1e-3), 1 - 1e-3)
    return math.log(p / (1 - p))

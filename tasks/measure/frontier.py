"""The plane of cost and accuracy: which points nothing beats, how far others are from them, and hulls over them.

Everything is told for R resamples of P points at once: arrays are (R, P).
"""

import numpy as np

from profiles.arrays import Bool2D, Float1D, Float2D

_CELLS = 4_000_000  # distances in memory at a time


def on_frontier(cost: Float2D, accuracy: Float2D) -> Bool2D:
    """(R, P) whether no other point is as cheap and as accurate and better in one of the two; of equal points, all."""
    order = np.lexsort((-accuracy, cost), axis=1)
    dear, good = (np.take_along_axis(one, order, axis=1) for one in (cost, accuracy))
    before = np.hstack([np.full((len(good), 1), -np.inf), np.maximum.accumulate(good, axis=1)[:, :-1]])
    best = np.maximum.accumulate(np.where(good > before, np.arange(good.shape[1]), 0), axis=1)
    same = (good == np.take_along_axis(good, best, axis=1)) & (dear == np.take_along_axis(dear, best, axis=1))
    found = np.empty(cost.shape, dtype=bool)
    np.put_along_axis(found, order, same, axis=1)
    return found


def frontier_distance(cost: Float2D, accuracy: Float2D) -> Float2D:
    """(R, P) Manhattan distance to the nearest vertex of the frontier, both axes scaled to [0, 1] over all points."""
    x, y = (_scaled(one) for one in (cost, accuracy))
    vertex = on_frontier(cost, accuracy)
    most = int(vertex.sum(axis=1).max())
    first = np.argsort(~vertex, axis=1, kind="stable")[:, :most]
    there = np.take_along_axis(vertex, first, axis=1)
    found = np.empty(cost.shape)
    step = max(1, _CELLS // (cost.shape[1] * most))
    for rows in (slice(start, start + step) for start in range(0, len(cost), step)):
        across, up = (
            np.abs(one[rows, :, None] - np.take_along_axis(one[rows], first[rows], axis=1)[:, None]) for one in (x, y)
        )
        found[rows] = np.where(there[rows, None], across + up, np.inf).min(axis=2)
    return found


def hull_mean(cost: Float2D, accuracy: Float2D, budget: Float1D) -> Float1D:
    """(R,) mean, over budgets from nothing to `budget` (R,), of what mixtures of the points reach for no more than it.

    The points' non-decreasing upper convex hull, from nothing for nothing; beyond the dearest point it is level.
    """
    order = np.argsort(cost, axis=1, kind="stable")
    x, y = (np.take_along_axis(one, order, axis=1) for one in (cost, accuracy))
    start, end = np.zeros((len(x), 1)), np.maximum(x[:, -1], budget)[:, None]
    y = np.maximum.accumulate(y, axis=1)
    x, y, top = _hull(np.hstack([start, x, end]), np.hstack([start, y, y[:, -1:]]))
    last = np.arange(x.shape[1] - 1) < top[:, None]  # segments of the hull
    left, right = x[:, :-1], np.minimum(x[:, 1:], budget[:, None])
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(x[:, 1:] > left, np.diff(y, axis=1) / (x[:, 1:] - left), 0.0)
        width = np.where(last, np.maximum(right - left, 0.0), 0.0)
        area = (width * (y[:, :-1] + slope * width / 2)).sum(axis=1)
        return np.where(budget > 0, area / budget, np.nan)


def _hull(x: Float2D, y: Float2D) -> tuple[Float2D, Float2D, np.ndarray]:
    """The upper hull of every row of points, sorted by x: its points, and (R,) the place of its last one."""
    rows, top = np.arange(len(x)), np.zeros(len(x), dtype=np.int64)
    hull = [np.zeros_like(x), np.zeros_like(y)]
    for place in range(x.shape[1]):
        here, below = (x[:, place], y[:, place]), top > 0
        while below.any():
            end, before = ([one[rows, np.maximum(top - back, 0)] for one in hull] for back in (0, 1))
            left_turn = (end[0] - before[0]) * (here[1] - before[1]) >= (here[0] - before[0]) * (end[1] - before[1])
            below = (top > 0) & left_turn
            top = top - below
        top = top + (place > 0)
        for one, value in zip(hull, here, strict=True):
            one[rows, top] = value
    return hull[0], hull[1], top


def _scaled(values: Float2D) -> Float2D:
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    scaled: Float2D = (values - low) / np.where(high > low, high - low, 1.0)
    return scaled

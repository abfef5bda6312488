import numpy as np
import pytest

from tasks.measure.metrics.hypervolume import hypervolume
from tasks.measure.resampled import Resampled


def points(*of):
    """Points of (accuracy, cost of 10 questions) in one dataset of 10 questions, without resamples."""
    accuracy, cost = np.array(of, dtype=float).T
    n = np.full((1, 1, len(of)), 10.0)
    return Resampled(10 * accuracy[None, None], n, cost[None, None], n)


EVERYBODY = Resampled(np.array([[7.0]]), np.array([[10.0]]), np.array([[20.0]]), np.array([[10.0]]))


def slow(of, most):
    """The mean, over ten thousand budgets, of the best accuracy that can be had for it."""
    budgets = (np.arange(10_000) + 0.5) / 10_000 * most
    return np.mean([max([a for a, c in of if c <= budget], default=0.0) for budget in budgets])


@pytest.mark.parametrize(
    "of",
    [
        [(0.5, 5.0)],
        [(0.5, 5.0), (0.8, 15.0)],
        [(0.8, 15.0), (0.5, 5.0), (0.4, 10.0), (0.9, 25.0)],
        [(0.6, 0.0)],
        [(0.9, 20.0)],
    ],
)
def test_the_area_is_the_mean_over_budgets_of_the_best_accuracy(of):
    assert hypervolume(points(*of), EVERYBODY) == pytest.approx(slow(of, 20.0), abs=1e-3)


def test_a_dominated_point_adds_nothing_and_the_order_of_points_is_irrelevant():
    few, more = [(0.5, 5.0), (0.8, 15.0)], [(0.7, 16.0), (0.8, 15.0), (0.5, 5.0), (0.5, 6.0)]
    assert hypervolume(points(*few), EVERYBODY) == hypervolume(points(*more), EVERYBODY)


def test_nothing_is_known_where_asking_everybody_is_free():
    free = Resampled(np.array([[7.0]]), np.array([[10.0]]), np.zeros((1, 1)), np.array([[10.0]]))
    assert np.isnan(hypervolume(points((0.5, 0.0)), free)).all()

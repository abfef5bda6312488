import numpy as np
import pytest

from tasks.route.contract import Point, Prediction
from tasks.route.curve import CostPolicy, cost_points


def test_a_larger_share_of_cost_makes_decisions_cheaper_down_to_the_cheapest():
    policy, generator = CostPolicy(), np.random.default_rng(0)
    policy.cost = np.array([0.004, 0.001, 0.0002])
    prediction = Prediction(0.6 + 0.4 * generator.random((200, 3)), np.tile(policy.cost, (200, 1)))
    chosen = [policy.decide(prediction, point).chosen for point in policy.points]
    spent = [policy.cost[one].sum() for one in chosen]
    assert spent == sorted(spent, reverse=True)
    assert chosen[0].tolist() == prediction.score.argmax(axis=1).tolist()
    assert set(chosen[-1]) == {2}


def test_a_share_weighs_the_highest_cost_against_the_whole_score():
    half = next(point for point in cost_points(np.array([0.5, 0.1])) if point.name == "cost 0.5")
    assert half.cost_weight == pytest.approx(2.0)


@pytest.mark.parametrize("cost", [[0.5, np.nan], [0.0, 0.0], []])
def test_there_is_no_curve_where_costs_say_nothing(cost):
    assert cost_points(np.array(cost)) == (Point(),)

import numpy as np
import pytest

from tasks.route.contract import Prediction, choose, measured
from warehouse.errors import UserError

SCORE = np.array([[0.9, 0.8, 0.9], [0.2, np.nan, 0.1], [np.nan, np.nan, np.nan]])
COST = np.array([[1.0, 0.1, 0.5], [1.0, 0.1, 0.5], [1.0, 0.1, 0.5]])


def test_best_score_first_of_the_pool_on_ties_and_no_prediction_last():
    assert choose(Prediction(SCORE, COST)).tolist() == [0, 0, 0]


def test_cost_weight_buys_cheaper_models():
    assert choose(Prediction(SCORE[:2], COST[:2]), cost_weight=0.1).tolist() == [2, 0]
    assert choose(Prediction(SCORE[:1], COST[:1]), cost_weight=10).tolist() == [1]


def test_unknown_cost_is_no_free_model():
    with pytest.raises(UserError, match="cost of every model"):
        choose(Prediction(SCORE, np.full_like(COST, np.nan)), cost_weight=0.1)
    assert choose(Prediction(SCORE, np.full_like(COST, np.nan))).tolist() == [0, 0, 0]


def test_a_model_is_measured_with_a_verdict_on_half_of_every_dataset():
    scores = np.ones((8, 4))
    scores[2:4, 1] = np.nan  # half of a
    scores[1:4, 2] = np.nan  # three quarters of a
    scores[4:, 3] = np.nan  # all of b
    datasets = np.array(["a"] * 4 + ["b"] * 4)
    assert measured(scores, datasets).tolist() == [True, True, False, False]
    assert measured(scores[:, 2:], datasets).tolist() == [True, True]  # better some than none

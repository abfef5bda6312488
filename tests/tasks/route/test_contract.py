import numpy as np
import pytest

from tasks.route.contract import Prediction, choose, mean_known
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


def test_means_of_what_is_known():
    values = np.array([[1.0, np.nan], [0.0, np.nan], [np.nan, 0.5]])
    means = mean_known(values, np.array([[1.0, 1, 1], [3, 1, 0]]))
    assert means == pytest.approx(np.array([[0.5, 0.5], [0.75, np.nan]]), nan_ok=True)

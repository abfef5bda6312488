import numpy as np
import pytest

from tasks.measure.settle import DRAWN, Decision, one_model, settle, weighted_means

SCORES = [[1.0, 0.0, 0.5], [0.0, np.nan, 1.0], [1.0, 1.0, 1.0]]
COSTS = [[0.1, 0.2, 0.3], [0.1, np.nan, 0.3], [0.1, np.nan, 0.3]]


def settled(matrix, chosen, asked):
    found = settle("one", matrix, [Decision(np.array(chosen), np.array(asked, dtype=bool))])
    return found.scores[0], found.costs[0], found.calls[0], found.response_ids[0].tolist()


def test_calls_and_cost_are_sums_over_the_asked_who_answered(matrix_of):
    asked = [[1, 1, 0], [1, 1, 1], [1, 1, 0]]
    scores, costs, calls, ids = settled(matrix_of(SCORES, costs=COSTS), [1, 2, 0], asked)
    assert scores.tolist() == [0, 1, 1]
    assert costs == pytest.approx([0.3, 0.4, np.nan], nan_ok=True)  # an answer of unknown cost makes the sum unknown
    assert calls.tolist() == [2, 2, 2]
    assert ids == ["q0-m1", "q1-m2", "q2-m0"]


def test_who_is_asked_alone_counts_with_or_without_an_answer(matrix_of):
    found = settle("one", matrix_of(SCORES, costs=COSTS), [one_model(np.array([0, 1, -1]), 3)])
    assert found.scores[0] == pytest.approx([1, np.nan, np.nan], nan_ok=True)
    assert found.costs[0] == pytest.approx([0.1, np.nan, np.nan], nan_ok=True)
    assert found.calls[0] == pytest.approx([1, 1, np.nan], nan_ok=True)
    assert found.response_ids[0].tolist() == ["q0-m0", None, None]


def test_one_who_is_drawn_is_one_call_of_mean_score_and_cost(matrix_of):
    asked = [[1, 0, 1], [1, 1, 1], [1, 1, 1]]
    scores, costs, calls, ids = settled(matrix_of(SCORES, costs=COSTS), [DRAWN] * 3, asked)
    assert scores == pytest.approx([0.75, 0.5, 1])
    assert costs == pytest.approx([0.2, 0.2, np.nan], nan_ok=True)
    assert (calls.tolist(), ids) == ([1, 1, 1], [None, None, None])


def test_a_question_that_nobody_is_asked_is_not_decided(matrix_of):
    part = Decision(np.array([2, DRAWN]), np.array([[1, 0, 1], [1, 1, 0]], dtype=bool))
    whole = part.among(np.array([2, 0]), 3)
    assert whole.asked.tolist() == [[True, True, False], [False] * 3, [True, False, True]]
    assert [one.tolist() for one in whole.at(np.array([2, 0]))] == [one.tolist() for one in part]
    found = settle("one", matrix_of(SCORES, costs=COSTS), [whole, part.among(np.array([0, 1]), 3)])
    assert np.isnan(found.calls).tolist() == [[False, True, False], [False, False, True]]
    assert np.isnan(found.scores[0]).tolist() == np.isnan(found.costs[0]).tolist() == [False, True, False]


def test_means_of_what_is_known():
    values = np.array([[1.0, np.nan], [0.0, np.nan], [np.nan, 0.5]])
    means = weighted_means(values, np.array([[1.0, 1, 1], [3, 1, 0]]))
    assert means == pytest.approx(np.array([[0.5, 0.5], [0.75, np.nan]]), nan_ok=True)

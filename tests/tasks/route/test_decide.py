import numpy as np
import pytest

from tasks.measure.result import CONTROLS, NULLS
from tasks.measure.settle import DRAWN, Decision
from tasks.route.contract import Prediction
from tasks.route.decide import null_systems, route_rows, top_voters
from tasks.route.ranking import ranked
from tasks.route.registry import baselines


def choices(name, matrix, train):
    """(Q,) the model whose answer stands."""
    return baselines.get(name)(matrix, train, ~train).chosen.tolist()


def test_best_single_never_looks_at_the_test_part(matrix_of):
    train = np.array([True] * 6 + [False] * 20)
    scores = np.zeros((26, 3))
    scores[:6, 1] = 1  # best where it may be learnt
    scores[6:, 2] = 1  # the trap: best in the test part, and over all questions
    matrix = matrix_of(scores)
    assert choices("best-single", matrix, train) == [1] * 26
    mine = null_systems(matrix, train[None], ~train[None])[0]
    assert mine.system == "best-single"
    assert np.nanmean(mine.score) == 0


def test_best_single_is_chosen_anew_for_every_seed(matrix_of):
    scores = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=float)
    tested = np.array([[False, False, True, True], [True, True, False, False]])
    mine = null_systems(matrix_of(scores), ~tested, tested)[0]
    assert mine.score.tolist() == [0, 0, 0, 0]


def test_best_single_is_macro_over_datasets_and_needs_coverage(matrix_of):
    datasets = ["a"] * 8 + ["b"] * 2
    scores = np.array([[1, 0, np.nan]] * 8 + [[0, 1, np.nan], [0, 1, 1]], dtype=float)
    scores[:2, 1] = 1
    everything = np.ones(10, bool)
    # macro: m0 = (1 + 0) / 2, m1 = (0.25 + 1) / 2; m2 was only right on the one question it answered
    assert ranked(matrix_of(scores, datasets), everything)[0] == 1
    assert ranked(matrix_of(scores[:, [2, 2]], datasets), everything)[0] == 0


def test_oracle_takes_the_best_then_the_cheapest_then_the_first(matrix_of):
    scores = [[0, 1, 1], [1, 1, 0], [0.5, np.nan, 0.5], [0, 0, 0]]
    costs = [[1, 3, 2], [np.nan, 2, 0], [1, 0, 1], [3, 1, 2]]
    assert choices("oracle", matrix_of(scores, costs=costs), np.zeros(4, bool)) == [2, 1, 0, 1]


def test_dataset_oracle_is_the_best_model_of_each_test_part(matrix_of):
    scores = [[1, 0], [0, 1], [0, 1], [0, 1], [1, 0]]
    test = np.array([True, False, True, True, True])
    assert choices("dataset-oracle", matrix_of(scores, ["a", "a", "b", "b", "b"]), ~test) == [0, -1, 1, 1, 1]


def test_cheapest_needs_every_price(matrix_of):
    train = np.array([True, True, False])
    costs = [[2.0, 1], [2, np.nan], [0, 9]]
    assert choices("cheapest", matrix_of(np.zeros((3, 2)), costs=costs), train) == [1] * 3
    unknown = matrix_of(np.zeros((3, 2)), costs=[[1, np.nan]] * 3)
    assert baselines.get("cheapest")(unknown, train, ~train) is None
    assert "cheapest" not in [one.system for one in null_systems(unknown, train[None], ~train[None])]


def test_all_of_them_by_hand(matrix_of):
    scores = [[1, 0, 0], [1, 0, np.nan], [0, 1, 1], [1, 0, 1]]
    extracted = [["A", "B", "C"], ["A", "B", None], ["A", "B", "B"], ["A", "C", "C"]]
    costs = [[0.3, 0.1, 0.2], [0.3, 0.1, np.nan], [0.3, 0.1, 0.2], [0.3, 0.1, 0.2]]
    systems = {
        system.system: system
        for system in null_systems(
            matrix_of(scores, costs=costs, extracted=extracted),
            np.array([[True, True, False, False]]),
            np.array([[False, False, True, True]]),
        )
    }
    assert list(systems) == ["best-single", "random", "oracle", "dataset-oracle", "cheapest", "majority"]
    assert (*systems, *CONTROLS) == NULLS
    tested = {name: system.score[2:].tolist() for name, system in systems.items()}
    assert tested["best-single"] == [0, 1]
    assert tested["random"] == pytest.approx([2 / 3, 2 / 3])
    assert tested["oracle"] == [1, 1]
    assert tested["dataset-oracle"] == [1, 1]  # m2
    assert tested["cheapest"] == [1, 0]
    assert tested["majority"] == [1, 0]  # B by m1 and m2; C by m1 and m2, judged as its best giver on train was
    assert systems["majority"].call[2:].tolist() == [3, 3]
    assert systems["majority"].cost[2:] == pytest.approx([0.6, 0.6])
    assert systems["random"].cost[2:] == pytest.approx([0.2, 0.2])
    assert all(np.isnan(system.score[:2]).all() for system in systems.values())


def test_majority_without_a_vote_is_the_best_train_model(matrix_of):
    scores = [[0, 1], [0, 1], [0, 1]]
    tested = np.array([[False, False, True]])
    systems = null_systems(matrix_of(scores, extracted=[["x", "y"]] * 3), ~tested, tested)
    assert systems[-1].system == "majority"
    assert systems[-1].score[2] == 1
    assert np.isnan(systems[-1].cost[2])


def test_what_nobody_answered_is_not_paid_for(matrix_of):
    scores = [[1, np.nan], [1, 0], [np.nan, 1]]
    tested = np.array([[True, False, True]])
    systems = null_systems(matrix_of(scores, costs=[[0.1, np.nan], [0.1, 0.1], [np.nan, 0.2]]), ~tested, tested)
    majority, drawn = systems[-1], systems[1]
    assert majority.call[[0, 2]].tolist() == [1, 1]
    assert majority.cost[[0, 2]] == pytest.approx([0.1, 0.2])
    assert drawn.cost[[0, 2]] == pytest.approx([0.1, 0.2])
    assert drawn.score[[0, 2]].tolist() == [1, 1]


def test_the_top_vote_is_of_the_best_of_the_train_part_and_breaks_ties_by_their_rank(matrix_of):
    train = [[0, 1, 1, 1]] * 3 + [[0, 0, 1, 1]] * 2 + [[0, 0, 0, 1]]
    test = [[1, 0, 0, 0], [0, 1, 0, 1], [0, 1, 0, 1]]
    said = [["x", "x", "x", "y"]] * 6 + [["A", "A", "B", "B"], ["C", "A", "B", "A"], ["C", "B", "B", "A"]]
    matrix = matrix_of(train + test, extracted=said, costs=[[5, 1, 2, 3]] * 9)
    tested = np.array([False] * 6 + [True] * 3)
    found = top_voters(matrix, ~tested[None], tested[None], 3)
    assert found.system == "top-3 vote"
    # m3, m2 and m1 vote, in this order: B of m3 and m2; A of m3 and m1; B of m2 and m1, in the words of m2
    assert found.scores[0, 6:].tolist() == [0, 1, 0]
    assert found.response_ids[0, 6:].tolist() == ["q6-m3", "q7-m3", "q8-m2"]
    assert (found.calls[0, 6:].tolist(), found.costs[0, 6:].tolist()) == ([3] * 3, [6] * 3)
    assert np.isnan(found.scores[0, :6]).all()
    both = top_voters(matrix, np.stack([~tested, tested]), np.stack([tested, ~tested]), 3)
    assert both.scores.shape == (2, 9)
    assert both.scores[0, 6:].tolist() == [0, 1, 0]


def test_a_route_names_who_is_asked_where_that_is_not_the_chosen_alone(matrix_of):
    matrix = matrix_of([[1, 0], [0, 1], [1, 1]], costs=[[0.1, 0.2]] * 3)
    decision = Decision(np.array([1, 0, DRAWN]), np.array([[0, 1], [1, 1], [1, 1]], dtype=bool))
    said = Prediction(np.array([[0.1, 0.9], [0.8, 0.2], [0.5, 0.5]]), np.full((3, 2), np.nan))
    rows = route_rows("p", "cheap", matrix, np.arange(3), decision, said).to_dicts()
    assert [(row["model"], row["asked"]) for row in rows] == [("m1", None), ("m0", ["m0", "m1"]), (None, ["m0", "m1"])]
    assert [row["predicted_score"] for row in rows] == [0.9, 0.8, None]
    assert [row["score"] for row in rows] == [0, 0, 1]
    assert [row["cost_usd"] for row in rows] == pytest.approx([0.2, 0.3, 0.15])
    assert {(row["policy_id"], row["point"], row["predicted_cost"]) for row in rows} == {("p", "cheap", None)}

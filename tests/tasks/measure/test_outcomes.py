from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tasks.measure.outcomes import of_answers, outcome_rows, voted_only
from tasks.measure.settle import one_model, settle
from tasks.measure.unscored import wordless

SCORES = [[1.0, 0.0], [0.5, np.nan], [0.0, 1.0]]
COSTS = [[0.1, 0.2], [0.1, 0.2], [np.nan, 0.2]]


def of_choices(name, matrix, choices):
    return settle(name, matrix, [one_model(chosen, len(matrix.models)) for chosen in choices])


def test_means_over_the_seeds_that_test_a_question(matrix_of):
    matrix = matrix_of(SCORES, costs=COSTS)
    outcomes = of_choices("router", matrix, np.array([[0, 1, -1], [1, 0, -1]]))
    assert outcomes.score == pytest.approx([0.5, 0.5, np.nan], nan_ok=True)
    assert outcomes.cost == pytest.approx([0.15, 0.15, np.nan], nan_ok=True)
    assert outcomes.call == pytest.approx([1, 1, np.nan], nan_ok=True)


def test_a_cost_unknown_in_any_seed_is_unknown(matrix_of):
    outcomes = of_choices("router", matrix_of(SCORES, costs=COSTS), np.array([[-1, -1, 0], [-1, -1, 1]]))
    assert np.isnan(outcomes.cost).all()
    assert outcomes.score[2] == 0.5


def test_rows_hold_what_was_asked_and_null_for_what_is_missing(matrix_of):
    matrix = matrix_of(SCORES, costs=COSTS)
    outcomes = of_choices("router", matrix, np.array([[-1, 1, 0], [0, -1, 1]]))
    rows = outcome_rows("run", outcomes, matrix).to_dicts()
    assert [row["question_id"] for row in rows] == ["q0", "q1", "q2"]
    assert [row["score"] for row in rows] == [1.0, None, 0.5]
    assert [row["cost_usd"] for row in rows] == [0.1, 0.2, None]
    assert [row["n_seed"] for row in rows] == [1, 1, 2]
    assert [row["response_id"] for row in rows] == ["q0-m0", None, "q2-m0"]


def test_answers_of_presets_count_on_the_test_part_only(matrix_of):
    matrix = matrix_of(SCORES)
    tested = np.array([[True, False, True], [True, True, False]])
    answers = pl.DataFrame(
        [
            ("smcs", "s0", "q0", "r1", 1.0, 0.3, 7, 0.9),
            ("smcs", "s1", "q0", "r2", 0.0, None, 5, None),
            ("smcs", "s0", "q1", "r3", 1.0, 0.1, 7, 0.8),  # q1 is in the train part of seed 0
            ("smcs", "elsewhere", "q2", "r4", 1.0, 0.1, 7, 0.7),
            ("moa", "s1", "q1", None, None, 0.2, 8, None),
            ("moa", "s1", "unknown", "r5", 1.0, 0.2, 8, None),
        ],
        schema=["preset", "split_id", "question_id", "response_id", "score", "cost_usd", "n_call", "probability"],
        orient="row",
    )
    moa, smcs = of_answers(matrix, ["s0", "s1"], tested, answers)
    assert (moa.system, smcs.system) == ("moa", "smcs")
    assert smcs.score == pytest.approx([0.5, np.nan, np.nan], nan_ok=True)
    assert smcs.call == pytest.approx([6, np.nan, np.nan], nan_ok=True)
    assert np.isnan(smcs.cost).all()
    assert np.isnan(moa.score).all()
    assert moa.call == pytest.approx([np.nan, 8, np.nan], nan_ok=True)
    assert outcome_rows("run", smcs, matrix)["response_id"].to_list() == ["r1"]


def test_no_collaboration_is_no_system(matrix_of):
    empty = pl.DataFrame(
        schema={
            "preset": pl.String,
            "split_id": pl.String,
            "question_id": pl.String,
            "response_id": pl.String,
            "score": pl.Float64,
            "cost_usd": pl.Float64,
            "n_call": pl.Int32,
        }
    )
    assert of_answers(matrix_of(SCORES), ["s0"], np.ones((1, 3), bool), empty) == []


def test_a_vote_over_answers_that_were_never_recorded_is_none(matrix_of):
    matrix = matrix_of([[1.0, 0.0]] * 3, costs=[[0.1, 0.2]] * 3)
    tested = np.array([[True, True, False]])
    one, many = (of_choices(name, matrix, np.where(tested, 0, -1)) for name in ("knn", "vote"))
    many = replace(many, calls=many.calls * 2)
    left, gaps = voted_only([one, many], np.array([True, True, True]), "common")
    assert [system.system for system in left] == ["knn"]
    assert [(gap.kind, gap.name, gap.n, gap.n_expected) for gap in gaps] == [("system", "vote", 0, 2)]
    assert "never recorded" in gaps[0].reason
    _, (gap,) = voted_only([one, many], np.array([True, True, True]), "common", ["vote"])
    assert gap.kind == "baseline"
    (cascade,), gaps = voted_only([many], np.array([True, True, True]), "common", routers=["vote"])
    assert (cascade.score.tolist()[:2], gaps) == ([1.0, 1.0], [])  # who answers last answers alone
    assert [gap.name for gap in wordless([one, many], ["a"], ())] == ["vote"]
    assert wordless([one, many], ["a"], (), routers=["vote"]) == []
    left, gaps = voted_only([many], np.array([True, False, False]), "common")
    assert (left[0].call.tolist()[1], np.isnan(left[0].score[0]), gaps) == (2, True, [])


def test_an_answer_without_a_verdict_is_wrong_where_what_is_missing_counts_as_wrong(matrix_of):
    outcomes = of_choices("router", matrix_of(SCORES), np.array([[0, 1, -1]]))
    for rule, expected in (("common", [1, np.nan, np.nan]), ("fail", [1, 0, np.nan])):
        (found,), _ = voted_only([outcomes], np.zeros(3, dtype=bool), rule)
        assert found.score == pytest.approx(expected, nan_ok=True)

import numpy as np
import pytest

from profiles.outcomes import load_outcomes
from tests.fill import MOMENT, fill, questions, response

pytestmark = pytest.mark.usefixtures("home")
MODELS = ["m1", "m2", "m3"]


def verdict(key, score, mode="recorded"):
    return {
        "response_id": key,
        "scorer": "s",
        "scorer_version": "1",
        "mode": mode,
        "score": score,
        "verdict": "correct",
        "scored_at": MOMENT,
    }


def label(question, model, value, provenance="imported:bank"):
    return {"question_id": question, "model": model, "label": value, "provenance": provenance, "created_at": MOMENT}


def test_labels_count_where_there_is_no_verdict_and_say_whose_they_are():
    fill(
        dataset=[{"dataset": name, "variant": "test"} for name in ("d", "other")],
        question=questions("q1", "q2") + questions("q3", dataset="other"),
        response=[response("r11", "q1"), response("r22", "q2", "m2")],
        score=[verdict("r11", 0.0), verdict("r22", None)],
        label=[
            label("q1", "m1", 1.0),  # the verdict wins
            label("q1", "m2", 1.0, "user"),
            label("q1", "m2", 0.0, "imported:bank"),
            label("q1", "m2", 1.0, "judge"),
            label("q2", "m2", 0.5, "tests"),  # the answer could not be judged
            label("q3", "m3", 1.0),
            label("q2", "m9", 1.0),
        ],
    )
    matrix = load_outcomes(["d"], MODELS, "recorded", {})
    np.testing.assert_allclose(matrix.score, [[0, 2 / 3, np.nan], [np.nan, 0.5, np.nan]])
    assert matrix.provenance.tolist() == [
        ["recorded", "imported:bank+judge+user", None],
        [None, "tests", None],
    ]
    assert matrix.response_id.tolist() == [["r11", None, None], [None, "r22", None]]
    everything = load_outcomes(["*"], MODELS, "recorded", {})
    assert everything.score[2, 2] == 1
    part = everything.rows(np.array([False, False, True]))
    assert (part.questions["question_id"].to_list(), part.score[0, 2], part.provenance[0, 2]) == (
        ["q3"],
        1,
        "imported:bank",
    )
    assert everything.rows(np.array([2, 0])).questions["question_id"].to_list() == ["q3", "q1"]


def test_without_any_label_nothing_changes():
    fill(dataset=[{"dataset": "d", "variant": "test"}], question=questions("q1"), response=[response("r", "q1")])
    matrix = load_outcomes(["d"], MODELS, "fixed", {})
    assert np.isnan(matrix.score).all()
    assert (matrix.provenance == None).all()  # noqa: E711


def test_the_preferred_mode_counts_and_else_the_next_one():
    fill(
        dataset=[{"dataset": "d", "variant": "test"}],
        question=questions("q1", "q2", "q3"),
        response=[response("r1", "q1"), response("r2", "q2"), response("r3", "q3")],
        score=[
            verdict("r1", 0.1, "fixed") | {"extracted": "f"},
            verdict("r1", 0.2, "compat") | {"extracted": "c"},
            verdict("r1", 0.3) | {"extracted": "r"},
            verdict("r2", 0.2, "compat") | {"extracted": "c"},
            verdict("r2", 0.3) | {"extracted": "r"},
            verdict("r3", None, "fixed"),
            verdict("r3", 0.3) | {"extracted": "r"},
        ],
    )
    found = {mode: load_outcomes(["d"], ["m1"], mode, {}) for mode in ("fixed", "compat", "recorded")}
    assert {mode: matrix.score[:, 0].tolist() for mode, matrix in found.items()} == {
        "fixed": [0.1, 0.3, 0.3],
        "compat": [0.2, 0.2, 0.3],
        "recorded": [0.3, 0.3, 0.3],
    }
    assert {mode: matrix.extracted[:, 0].tolist() for mode, matrix in found.items()} == {
        "fixed": ["f", "c", None],
        "compat": ["c", "c", None],
        "recorded": ["f", "c", None],
    }, "what came with the data is no form of ours"

import numpy as np
import polars as pl
import pytest

from tasks.measure.model_change import changed_models, got_worse


def cells(scores, night, anew=60):
    """Answers of models to questions of two datasets; the first `anew` are of that night."""
    return pl.DataFrame(
        [
            {
                "question_id": f"q{i}",
                "dataset": f"d{i % 2}",
                "model": model,
                "score": score,
                "response_id": f"{i}-{model}-{night if i < anew else 'old'}",
            }
            for model, values in scores.items()
            for i, score in enumerate(values)
        ],
        schema_overrides={"score": pl.Float64},
    )


RIGHT, WRONG = [1.0] * 100, [0.0] * 100


def test_a_model_that_turned_bad_is_named_by_what_was_asked_anew():
    before = cells({"steady": RIGHT, "bad": RIGHT, "asleep": RIGHT}, "then")
    now = cells({"steady": RIGHT, "bad": [0.0] * 60 + [1.0] * 40, "asleep": RIGHT}, "now")
    asleep = pl.col("model") == "asleep"
    found = changed_models(
        before, pl.concat([now.filter(~asleep), before.filter(asleep)]), 2000, np.random.default_rng(0)
    )
    assert [(one.model, one.difference, one.n) for one in found] == [("bad", -1, 60), ("steady", 0, 60)]
    assert found[0].p_holm < 0.01
    assert (found[0].before, found[0].after) == (1, 0)
    [clause] = got_worse(found, 0.01, 0.05)
    assert clause.startswith("model bad got worse by 100.0 points")
    assert "60 answers asked anew" in clause


def test_a_slight_change_names_nobody():
    changed = changed_models(
        cells({"m": RIGHT}, "then"), cells({"m": [0.0] * 3 + [1.0] * 97}, "now"), 2000, np.random.default_rng(0)
    )
    assert changed[0].difference == pytest.approx(-3 / 60)
    assert list(got_worse(changed, 0.01, 0.05)) == []


def test_without_an_older_answer_or_a_score_nothing_is_compared():
    unscored = cells({"m": [None] * 100}, "then")
    assert changed_models(unscored, cells({"m": RIGHT}, "now"), 200, np.random.default_rng(0)) == ()
    assert changed_models(unscored.clear(), cells({"m": RIGHT}, "now"), 200, np.random.default_rng(0)) == ()

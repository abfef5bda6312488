from datetime import datetime

import polars as pl

from profiles.schema import Pool, RunProfile
from tasks.measure.accuracy import Difference
from tasks.measure.decision import Decision, Judgement
from tasks.measure.freshness import Freshness
from tasks.measure.model_change import ModelChange
from tasks.measure.summary import decision_notes, leaderboard_table, notes

RUN = RunProfile(title="t", source="synthetic", datasets=["*"], pool="p", seeds=[0, 1])
POOL = {"model_list": [{"model_name": "m", "litellm_params": {"model": "synthetic/m"}}]}


def metric(system, name, value, n=10):
    return {
        "system": system,
        "dataset": "*",
        "metric": name,
        "value": value,
        "ci_low": value,
        "ci_high": value,
        "spread": None,
        "n": n,
    }


def test_table_has_the_null_baselines_first_then_the_best():
    metrics = pl.DataFrame(
        [
            metric("knn", "accuracy", 0.6),
            metric("smcs", "accuracy", 0.7),
            metric("oracle", "accuracy", 0.9),
            metric("best-single", "accuracy", 0.5),
            metric("smcs", "calls", 35.0),
            metric("knn", "cost_usd", None),
            metric("smcs", "gap_closed", 0.5),
        ],
        schema_overrides={"spread": pl.Float64},
    )
    table = leaderboard_table(metrics)
    assert [line["system"] for line in table] == ["best-single", "oracle", "smcs", "knn"]
    assert table[2]["macro accuracy %"] == "70.0"
    assert table[2]["calls/question"] == "3.5"
    assert [line["gap closed %"] for line in table[2:]] == ["50.0", "–"]
    assert table[3]["cost USD"] == "–"


def test_notes_say_what_was_measured_and_that_it_is_simulated():
    manifest = {"snapshot_id": "abc", "n_question": 5, "n_model": 2, "n_missing": 3, "datasets": ["a", "b"]}
    row = {
        "system": "my|preset<b>",
        "baseline": "majority",
        "difference": 0.031,
        "ci_low": 0.01,
        "ci_high": 0.05,
        "p_holm": None,
        "n": 5,
    }
    text = notes(RUN, Pool.model_validate(POOL), manifest, pl.DataFrame([row]))
    assert text.startswith("**Simulated models")
    assert "3 of 10 cells have no verdict" in text
    assert "| my\\|preset&lt;b> | majority | +3.1 | +1.0 to +5.0 | – | 5 |" in text
    real = {"model_list": [{"model_name": "m", "litellm_params": {"model": "openai/m"}}]}
    assert "Simulated" not in notes(RUN, Pool.model_validate(real), manifest, pl.DataFrame([row]))


def test_verdict_comes_first_and_at_most_twenty_flips_follow():
    flips = pl.DataFrame(
        [{"question_id": f"q{i}", "dataset": "d", "before": 1.0, "after": 0.0} for i in range(30)],
    )
    difference = Difference(-0.05, -0.08, -0.02, 0.01, 90)
    judgement = Judgement("regress", "worse: -5 points", difference, 0.25, flips)
    fresh = Freshness(412, 2468, datetime(2026, 11, 1), {"m3": 72}, datetime(2026, 11, 13, 5))
    change = ModelChange("bad|one", 0.9, 0.1, -0.8, -0.9, -0.7, 0.001, 0.002, 50)
    found = Decision("now", "demo", "then", "smcs", judgement, fresh, (change,))
    text = decision_notes(found)
    assert text.startswith("## regress: smcs")
    assert "+25.0 %" in text
    assert "30 questions flipped" in text
    assert text.count("| `q") == 20
    assert "412 new, 2,468 reused, oldest 12 days, none from m3 to 72 requests" in text
    assert "| bad\\|one | 10.0 | −80.0 | −90.0 to −70.0 | 0.002 | 50 |" in text

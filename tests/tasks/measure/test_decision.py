from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from profiles.schema import RunProfile
from profiles.statistics import Statistics
from tasks.measure.baseline import baseline_of, is_pinned, is_scored, pin_baseline
from tasks.measure.decision import decide, judge
from tests.fill import fill, questions, score
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.snapshot import take_snapshot
from warehouse.writer import land, load_landing

NOW = datetime(2026, 1, 1)
N = 200
BEFORE = (np.random.default_rng(0).random(N) < 0.5).astype(float)


def outcomes(scores=BEFORE, *, cost=0.01, verdict="fixed", missing="common", run_id="run"):
    """What one system got in a run: question i is of dataset d(i mod 4)."""
    n = len(scores)
    return pl.DataFrame(
        {
            "question_id": [f"q{i}" for i in range(n)],
            "dataset": [f"d{i % 4}" for i in range(n)],
            "score": np.asarray(scores, dtype=float),
            "cost_usd": cost,
            "verdict": verdict,
            "response_id": [f"{run_id}-{i}" for i in range(n)],
            "missing": missing,
        },
        schema_overrides={"cost_usd": pl.Float64},
        nan_to_null=True,
    )


def changed(share, to, seed=1):
    """The earlier scores with a share of the questions set to a value."""
    return np.where(np.random.default_rng(seed).random(N) < share, to, BEFORE)


def judged(after, minimum_effect=0.01, before=None, n_new=1):
    before = outcomes() if before is None else before
    return judge(before, after, minimum_effect, np.random.default_rng(0), Statistics(), n_new=n_new, least=0.9)


@pytest.mark.parametrize(
    ("after", "verdict", "word"),
    [
        (changed(0.3, 1.0), "promote", "better"),
        (changed(0.3, 0.0), "regress", "worse"),
        (changed(0.02, 0.0), "hold", "not proven"),
        (BEFORE, "hold", "no difference"),
    ],
)
def test_verdict_with_interval_and_reason(after, verdict, word):
    found = judged(outcomes(after))
    assert (found.verdict, found.difference.n) == (verdict, N)
    assert word in found.reason
    assert found.difference.difference == pytest.approx((after - BEFORE).mean())  # datasets of equal size
    assert found.difference.ci_low <= found.difference.difference <= found.difference.ci_high
    proven = found.difference.ci_low > 0 or found.difference.ci_high < 0
    assert proven == (found.difference.p_value < 0.05) == (verdict != "hold")
    assert found.cost_change == pytest.approx(0)


def test_nothing_new_is_not_hold():
    assert judged(outcomes(), n_new=0).verdict == "nothing new"
    assert judged(outcomes(changed(0.02, 0.0)), n_new=0).verdict == "hold"  # a scorer or a preset may have changed
    assert judged(outcomes(changed(0.3, 0.0)), n_new=0).verdict == "regress"


def test_three_lost_questions_prove_nothing():
    found = judged(outcomes(np.zeros(3)), before=outcomes(np.ones(3)))
    assert (found.verdict, found.difference.difference) == ("hold", -1)


def test_a_few_questions_more_or_less_are_left_out_of_both_sides():
    lost = outcomes(np.where(np.arange(N) < 15, np.nan, changed(0.3, 0.0)), cost=np.where(np.arange(N) < 15, 9, 0.01))
    kept = outcomes(changed(0.3, 0.0)).slice(15)
    assert "185 of 200 questions compared" in judged(lost).reason
    assert judged(lost).difference == judged(kept).difference == judged(kept, before=outcomes().slice(15)).difference
    assert judged(lost).cost_change == pytest.approx(0)
    more = judged(outcomes(), before=outcomes().slice(0, 190))
    assert (more.verdict, "190 of 200 questions compared" in more.reason) == ("hold", True)


def test_a_proven_but_tiny_difference_holds():
    found = judged(outcomes(changed(0.3, 1.0)), minimum_effect=0.5)
    assert (found.verdict, "minimum effect of 50 points" in found.reason) == ("hold", True)


def test_flips_are_the_questions_that_crossed_half():
    before = outcomes([0.0, 1.0, 0.4, 0.6, 1.0], run_id="before")
    found = judged(outcomes([1.0, 1.0, 0.45, 0.4, 0.5], cost=0.02, run_id="after"), before=before)
    assert found.flips.select("question_id", "before", "after").rows() == [("q0", 0, 1), ("q3", 0.6, 0.4)]
    assert found.flips.select("response_before", "response_after").rows()[0] == ("before-0", "after-0")
    assert found.cost_change == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (outcomes(BEFORE[:-21]), "179 of 200 questions have a score in both runs, 21 only in the baseline run, 0 only"),
        (outcomes(np.where(np.arange(N) < 40, np.nan, BEFORE)), "160 of 200 questions"),
        (outcomes().filter(pl.col("dataset") != "d3"), "in one of the two runs only: d3"),
        (outcomes(missing="fail"), "missing: common, now fail"),
        (outcomes(verdict="recorded"), "different modes"),
    ],
)
def test_what_cannot_be_compared_is_refused(after, reason):
    found = judged(after)
    assert found.verdict == "refused"
    assert reason in found.reason
    assert found.difference is None
    assert found.flips.is_empty()


def test_unknown_cost_is_no_change_of_cost():
    assert judged(outcomes(cost=None)).cost_change is None
    assert judged(outcomes(), before=outcomes(cost=None)).cost_change is None


def put_run(run_id, scores=BEFORE, *, profile="nightly", order=1, snapshot_id="s"):
    """Land a completed run with outcomes of the system smcs, its accuracy and its snapshot."""
    own = {"run_id": run_id, "system": "smcs"}
    columns = {name: pl.lit(value) for name, value in own.items()}
    land(
        "outcome",
        outcomes(scores, run_id=run_id).drop("verdict", "missing").with_columns(n_call=1.0, n_seed=1, **columns),
    )
    metric = {
        **own,
        "snapshot_id": snapshot_id,
        "dataset": "*",
        "metric": "accuracy",
        "n": N,
        "pool": "p",
        "value": None if np.isnan(scores).all() else 0.5,
        "code_version": "1",
        "seeds": [0],
        "synthetic": False,
        "created_at": NOW,
    }
    snapshot = {
        "snapshot_id": "s",
        "pool": "p",
        "verdict": "fixed",
        "n_question": N,
        "n_model": 1,
        "n_missing": 0,
        "path": "",
        "manifest": "{}",
        "created_at": NOW,
    }
    run = {
        "run_id": run_id,
        "flow": "nightly",
        "profile": profile,
        "status": "completed",
        "code_version": "1",
        "started_at": datetime(2026, 1, order),
    }
    land("metric", pl.DataFrame([metric], schema_overrides={"seeds": pl.List(pl.Int32), "value": pl.Float64}))
    land("snapshot", pl.DataFrame([snapshot]))
    land("run", pl.DataFrame([run]))


def decided(run_id, baseline, system="smcs", profile="nightly"):
    run = RunProfile(name=profile, title="t", source="questions", datasets=["*"], pool="p", judged_system=system)
    return decide(run, run_id, baseline, 0.01)


def test_runs_in_the_warehouse(home):
    put_run("first")
    put_run("second", changed(0.3, 0.0), order=2)
    put_run("third", order=3)
    put_run("elsewhere", profile="other", order=9)
    load_landing()

    assert baseline_of("nightly", "third") == "second"
    assert baseline_of("other", "elsewhere") is None
    assert not is_pinned("nightly")
    assert pin_baseline("first") == "nightly"
    assert is_pinned("nightly")
    assert baseline_of("nightly", "third") == "first"
    with pytest.raises(UserError, match="no evaluation"):
        pin_baseline("unknown")

    found = decided("second", "first")
    refused = decided("second", "first", "other")
    alone = decided("elsewhere", None, profile="other")
    assert (found.verdict, refused.verdict, alone.verdict) == ("regress", "refused", "hold")
    assert "set judged_system of profile 'nightly' to smcs" in refused.reason
    for judgement in (found, refused, alone):
        land("decision", judgement.row())
        land("flip", judgement.flip_rows())
    load_landing()
    kept = read("select verdict, n, p_value is null as untested from decision order by run_id, system").rows()
    assert kept == [("hold", None, True), ("refused", None, True), ("regress", N, False)]
    assert read("select count(*) from flip").item() == len(found.judgement.flips) > 0


def test_a_run_without_a_scored_question_is_refused_and_never_a_baseline(home):
    put_run("empty", np.full(N, np.nan))
    put_run("fine", order=2)
    load_landing()
    found = decided("empty", None)
    assert (found.verdict, is_scored("empty", "smcs")) == ("refused", False)
    assert "concertino queries coverage" in found.reason
    refused = decided("fine", "empty")
    assert (refused.verdict, is_scored("fine", "smcs")) == ("refused", True)
    assert "`concertino baseline fine`" in refused.reason
    assert baseline_of("nightly", "fine") is None
    with pytest.raises(UserError, match="no scored question"):
        pin_baseline("empty")


def test_a_question_with_another_truth_is_no_change_of_a_system(home):
    """Five questions of two hundred got another truth, so that the same answers are judged otherwise."""
    answers = pl.DataFrame({"question_id": [f"q{i}" for i in range(N)], "model": "m"}).with_columns(
        response_id=pl.concat_str(pl.lit("r-"), "question_id")
    )
    fill(question=questions(*answers["question_id"]))
    asked = read("select * from question")
    unknown = {name: pl.lit(None, pl.String) for name in ("cost_source", "extracted", "provenance")}
    unknown |= {name: pl.lit(None, pl.Float64) for name in ("cost_usd", "latency_s", "tokens")}

    def put(run_id, scores, order, n_sample=2):
        cells = answers.with_columns(**unknown, score=pl.Series(scores), n_sample=n_sample)
        taken = take_snapshot(asked, cells, ["m"], "fixed", pool="p").snapshot_id
        put_run(run_id, scores, order=order, snapshot_id=taken)

    then = np.ones(N)
    put("first", then, 1)
    put("edited", np.where(np.arange(N) < 5, 0.0, then), 2)
    fill(score=[score(f"r-q{i}", 0.0, scored_at=NOW + timedelta(days=1)) for i in range(5)])
    found = decided("edited", "first")
    assert found.judgement.difference.difference == 0
    assert (found.judgement.difference.n, found.verdict) == (N - 5, "nothing new")
    assert "5 are left out, for another truth or rule judges them than in the baseline run" in found.reason

    put("bad", np.where(np.arange(N) < 50, 0.0, then), 3)
    load_landing()
    assert decided("bad", "first").verdict == "regress", "what was not judged again has changed in itself"

    put("by one answer", then, 4, n_sample=1)
    put("edited by a slow clock", np.where(np.arange(N) < 10, 0.0, then), 5, n_sample=1)
    load_landing()
    assert "10 are left out, for another truth" in decided("edited by a slow clock", "by one answer").reason

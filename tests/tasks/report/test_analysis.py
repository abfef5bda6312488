"""Analyses of an evaluated run by hand: 240 questions of two datasets, four models, two routers."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from profiles.outcomes import OutcomeMatrix
from tasks.measure.result import SystemResult
from tasks.report.analyses.latency import latency, unbeaten
from tasks.report.analyses.one_sample import one_sample
from tasks.report.analyses.ood_drop import ood_drop
from tasks.report.analyses.oracle_gap import oracle_gap
from tasks.report.analyses.similarity import similarity
from tasks.report.analysis import Elsewhere, Evaluated, analyses_of, run_analyses
from tests.fill import fill
from tests.sample_page import sample_page
from warehouse.connect import rows

N, MODELS = 240, ("a", "b", "c", "d")
AT = np.arange(N)
SOLVED = np.column_stack([AT % 2 == 0, AT % 2 == 1, AT % 4 == 1, np.zeros(N)]).astype(float)  # d solves nothing
SOLVED[AT % 8 == 7] = 0  # and these nobody does


def line(name, kind="router"):
    unknown = dict.fromkeys(("spread", "calls", "calls_per_question", "cost_usd", "gain_at_random", "gain_at_best"))
    return SystemResult(name, 0.5, 0.4, 0.6, n=N, gap_at_oracle=None, is_null=kind == "baseline", kind=kind, **unknown)


def evaluated(chosen, seconds=np.nan, samples=1, judged="mine"):
    """Routers by whom they choose; the best single model is a."""
    facts = {"score": SOLVED, "latency_s": np.broadcast_to(seconds, SOLVED.shape), "cost_usd": np.full(SOLVED.shape, 1)}
    questions = pl.DataFrame({"question_id": [f"q{at}" for at in AT], "dataset": [("x", "y")[at % 2] for at in AT]})
    lines = (line("best-single", "baseline"), *(line(name) for name in chosen))
    return Evaluated(
        replace(sample_page().result, systems=lines, n_questions=N, resamples=400),
        judged,
        OutcomeMatrix.of(questions, MODELS, **facts),
        np.full(SOLVED.shape, samples),
        {"best-single": SOLVED[:, 0], **{name: SOLVED[AT, whom] for name, whom in chosen.items()}},
        {name: np.ones(N) for name in chosen},
        {name: np.stack([whom, np.where(AT < 100, whom, -1)]) for name, whom in chosen.items()},
    )


KNOWS = np.where(AT % 2 == 0, 0, 1)
ALMOST = np.where(np.isin(AT, (7, 15)), 0, KNOWS)  # of questions that nobody solves


def test_routers_that_choose_alike_are_the_same_and_others_are_not():
    found = similarity(evaluated({"mine": KNOWS, "twin": ALMOST, "poor": np.full(N, 3)}))
    notes = {row.label: row.note for row in found.rows}
    assert notes["mine − twin"] == "the same within one point; 99 % alike"
    assert notes["mine − poor"] == "not shown to be the same; 0 % alike"
    assert notes["mine − best-single"] == "not shown to be the same", "the best single model has no routes"
    assert found.found == "1 of 6 pairs are the same within one point."
    [gap] = [row for row in found.rows if row.label == "mine − best-single"]
    assert gap.value == pytest.approx((0 + 0.75) / 2)
    assert gap.low < gap.value < gap.high


def test_a_single_system_is_like_nobody():
    assert oracle_gap(evaluated({})) is None
    assert similarity(evaluated({})) is None


def test_the_groups_of_the_gap_add_up_to_it_and_no_gap_is_where_nobody_knows():
    found = oracle_gap(evaluated({"mine": np.zeros(N, int)}))
    whole, *parts = found.rows
    assert whole.value == pytest.approx(0.75 / 2)
    assert sum(row.value for row in parts) == pytest.approx(whole.value)
    told = {row.label: (row.value, row.note) for row in parts}
    assert told["solved by 1 model"] == (pytest.approx(0.25 / 2), "80.0 % of 150")  # 120 by a, 30 by b alone
    assert told["solved by 2 to 3 models"] == (pytest.approx(0.5 / 2), "0.0 % of 60")
    assert found.found == "Questions solved by 2 to 3 models make 67 % of the gap."


def test_the_oracle_is_warned_of_where_every_cell_is_one_sample():
    found = one_sample(evaluated({"mine": KNOWS}))
    assert [row.value for row in found.rows] == pytest.approx([(1 + 0.75) / 2, 0.25, 0])
    assert found.found.startswith("Every score is of one sample: the oracle takes the best of 4 single draws")
    assert "0 % of the scores are of one sample" in one_sample(evaluated({"mine": KNOWS}, samples=5)).found


def test_latency_is_what_was_recorded_and_unknown_stays_unknown():
    assert latency(evaluated({"mine": KNOWS})) is None
    seconds = np.tile([4.0, 2.0, 1.0, np.nan], (N, 1))
    found = latency(evaluated({"mine": KNOWS}, seconds))
    told = {row.label: (row.value, row.note) for row in found.rows}
    assert list(told) == ["c", "b", "mine", "a"], "by latency; nothing is known of d"
    assert told["mine"] == (pytest.approx(3.0), "87.5 %, $1,000.00 · unbeaten")
    assert told["a"] == (pytest.approx(4.0), "50.0 %, $1,000.00")
    assert "1 more have too little known latency" in found.what


@pytest.mark.parametrize(("kind", "own_kind"), [("leave-dataset-out", "hash"), ("hash", "leave-dataset-out")])
def test_what_is_lost_out_of_the_distribution_is_of_the_run_that_held_out(kind, own_kind):
    run = evaluated({"mine": KNOWS})
    worse = np.where(AT < 40, np.nan, np.where(AT < 80, 0.0, run.scores["mine"]))
    other = Elsewhere("held", kind, own_kind, {"mine": worse, "best-single": SOLVED[:, 0]})
    found = ood_drop(replace(run, elsewhere=other))
    told = {row.label: (row.value, row.n) for row in found.rows}
    sign = -1 if kind.startswith("leave") else 1
    lost = (run.scores["mine"][40:80:2].sum() + run.scores["mine"][41:80:2].sum()) / 200  # 100 of either dataset
    assert told == {"mine": (pytest.approx(sign * lost), 200), "best-single": (0.0, 200 + 40)}
    assert found.found == f"{1 if sign < 0 else 0} of 2 systems lose by an interval that excludes zero."
    assert (found.level, similarity(run).level) == (95, 90)
    assert ood_drop(run) is None


@pytest.mark.usefixtures("home")
def test_what_is_split_otherwise_is_a_run_of_the_same_models():
    runs = {"own": "abc", "same": "cab", "zz-fewer": "ab"}  # run → its models; the last has one less
    kinds = {"own": "hash", "same": "leave-dataset-out", "zz-fewer": "leave-dataset-out"}
    fill(
        run=[{"run_id": one, "profile": one, "status": "completed"} for one in runs],
        system=[{"run_id": one, "system": m, "kind": "model", "name": m} for one, own in runs.items() for m in own],
        split_spec=[{"split_id": one, "kind": kind} for one, kind in kinds.items()],
        policy=[{"policy_id": one, "split_id": one} for one in runs],
        run_policy=[{"run_id": one, "policy_id": one} for one in runs],
    )
    for own, other in (("own", ["same"]), ("zz-fewer", [])):
        assert rows("otherwise_split", run=own)["run_id"].to_list() == other


def test_what_nothing_beats_is_found_as_by_its_definition():
    points = np.random.default_rng(0).integers(0, 4, (30, 3)).astype(float)
    for at, point in enumerate(points):
        beaten = any((other <= point).all() and (other < point).any() for other in points)
        assert unbeaten(points)[at] != beaten


def test_all_that_a_run_can_show_is_shown_in_order():
    seconds = np.tile([4.0, 2.0, 1.0, 1.0], (N, 1))
    titles = [one.title for one in analyses_of(evaluated({"mine": KNOWS, "twin": ALMOST}, seconds))]
    assert [title.split()[0] for title in titles] == ["Similarity", "Where", "How", "Accuracy,"]
    assert analyses_of(None) == ()


def test_an_analysis_that_fails_costs_itself_and_says_so():
    run_analyses.register("broken")(lambda run: 1 / 0)
    try:
        *others, broken = analyses_of(evaluated({"mine": KNOWS}))
    finally:
        del run_analyses._entries["broken"]
    assert (len(others), broken.title, broken.rows) == (3, "broken", ())
    assert "division by zero" in broken.found

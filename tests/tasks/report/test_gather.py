"""What the page shows is what the warehouse holds."""

from pathlib import Path

import polars as pl
import pytest

from tasks.report.contents import Neighbour, Page, Prior
from tasks.report.further import Cell, further_metrics
from tasks.report.gather import evaluated_run, page_of, verdict_of
from tasks.report.page import render
from tests.fill import fill
from tests.sample_run import DATASETS, MODELS, PROFILE, RUN, land_collaboration, land_run, land_verdict
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.writer import land, load_landing


@pytest.fixture(scope="module")
def page(module_home: Path) -> Page:
    """The page of a run with collaboration, verdict, checks and quarantine."""
    land_run()
    land_collaboration()
    land_verdict()
    evaluated = read("select distinct created_at from metric").item()
    check = {"run_id": RUN, "gate": "score", "table_name": "score", "success": False}
    gap = {"run_id": RUN, "kind": "dataset", "n_expected": 9, "reason": "no sandbox", "created_at": evaluated}
    wrong = {"run_id": RUN, "table_name": "score"}
    fill(
        dq_result=[
            {**check, "expectation": "a", "severity": "critical", "success": True},
            {**check, "expectation": "b", "severity": "warning"},
            {**check, "expectation": "c", "severity": "critical", "run_id": "another run"},
        ],
        evaluation=[{"run_id": RUN, "missing": "common", "n_question": 4, "n_expected": 6, "created_at": evaluated}],
        gap=[{**gap, "name": name} for name in ("mbpp", "humaneval")],
        quarantine=[
            {**wrong, "quarantine_id": str(i), "reason": reason}
            for i, reason in enumerate(["null_score", "unparsable_file", "null_score"])
        ],
    )
    one = read("select * from metric where system = 'knn' and dataset = '*' and metric = 'accuracy'")
    for metric, system, level, value, unit in (("area", "knn", "method", 0.25, "share"), ("size", "*", "field", 3, "")):
        told = {
            "metric": metric,
            "system": system,
            "level": level,
            "value": float(value),
            "unit": unit,
            "ci_low": None,
            "ci_high": None,
            "better": "higher",
            "point_set": "p1",
        }
        land("metric", one.with_columns(**{name: pl.lit(value) for name, value in told.items()}))
    load_landing()
    return page_of(RUN)


def test_every_metric_is_on_the_page_and_what_is_of_all_systems_is_no_line_of_the_leaderboard(page: Page) -> None:
    told = {(one.metric, one.system): (one.value, one.level) for one in page.result.metrics}
    assert (told["area", "knn"], told["size", "*"]) == ((0.25, "method"), (3.0, "field"))
    assert page.result.system("*") is None
    assert page.chosen["best-single"] == "train"
    assert "knn" not in page.chosen, "this run has no policy of it"
    assert further_metrics(page.result).rows == (
        ("knn", (Cell("25.0", ""), None)),
        ("all systems", (None, Cell("3.000", ""))),
    )
    assert "area, % <small>(higher is better)</small>" in render(page)
    assert read("select system from leaderboard where system = '*'").is_empty()


def test_accuracy_by_dataset_is_of_every_system(page: Page) -> None:
    assert page.result.n_questions == 4
    assert page.by_dataset.rows == DATASETS
    assert page.by_dataset.columns == tuple(line.system for line in page.result.systems)
    assert page.by_dataset.values[1][0] == pytest.approx(0.6)
    assert page.questions == dict.fromkeys(DATASETS, 4)


def test_what_is_missing_is_on_the_page_and_nothing_is_called_complete(page: Page) -> None:
    told = "dataset humaneval (0 of 9 questions), mbpp (0 of 9 questions): no sandbox"
    assert page.result.told_gaps() == [told]
    shown = render(page)
    assert told in shown
    assert "Compared on 4 of 6 test questions (missing: common:" in shown
    assert "Complete:" not in shown
    assert not page.complete


def test_single_models_are_measured_on_the_tested_questions(page: Page) -> None:
    models = {model.name: model for model in page.models}
    assert models["m1"].macro_accuracy == pytest.approx((1.0 + 0.5) / 2)
    assert models["m2"].macro_accuracy == pytest.approx((0.5 + 1.0) / 2)
    assert (models["m3"].macro_accuracy, models["m3"].n) == (0.0, 3)
    assert models["m1"].cost_usd_per_question == pytest.approx(0.002)


def test_single_models_have_intervals_latency_and_a_row_per_dataset(page: Page) -> None:
    best = page.models[0]
    assert best.ci_low is not None
    assert best.macro_accuracy is not None
    assert best.ci_low < best.macro_accuracy <= (best.ci_high or 0.0)
    assert page.by_model.rows == DATASETS
    assert page.by_model.columns == tuple(model.name for model in page.models)
    values = dict(zip(page.by_model.columns, zip(*page.by_model.values, strict=True), strict=True))
    assert values["m1"] == (pytest.approx(1.0), pytest.approx(0.5))


def test_coverage_is_of_all_questions_and_missing_is_not_wrong(page: Page) -> None:
    assert (page.coverage.rows, page.coverage.columns) == (DATASETS, MODELS)
    assert page.coverage.values == ((1.0, 1.0, 0.25), (1.0, 1.0, 1.0))


def test_verdict_and_flips_lost_first_with_both_answers(page: Page) -> None:
    assert page.judged == "smcs-select", "the profile's judged system"
    assert page.regression is not None
    assert (page.regression.verdict, page.regression.difference) == ("hold", 0.01)
    assert page.regression.answers == "2 new, 6 reused"
    [night] = page.nights
    assert (night.verdict, night.n_new, night.baseline_run_id) == ("hold", 2, page.regression.baseline_run_id)
    flips = [(flip.dataset, flip.before, flip.after) for flip in page.flips]
    assert flips == [("math-level5", 1.0, 0.0), ("gsm8k", 0.0, 1.0)]
    assert page.flips[0].answer_before == "m1 says 1"
    assert (page.n_lost, page.n_gained) == (1, 1)


def test_the_first_example_of_a_dataset_is_the_right_answer_that_fewest_models_got_alone(page: Page) -> None:
    right = [one for one in page.examples if one.score == 1.0]
    shares = {d: [one.n_model_right / one.n_model for one in right if one.dataset == d] for d in DATASETS}
    assert all(sorted(found) == found for found in shares.values())
    assert all(one.n_model for one in page.examples)


def test_examples_are_right_and_wrong_ones_each_question_once(page: Page) -> None:
    assert page.kind("smcs-select") == "collaboration"
    assert page.kind("knn") == "router"
    assert [example.score for example in page.examples] == [1.0, 1.0, 1.0, 0.0, 0.0]
    assert len({example.question for example in page.examples}) == 5
    example = page.examples[0]
    assert example.neighbours == (Neighbour(0.9, "gsm8k", "question gsm8k-3"),)
    assert example.prior == (Prior("m1", 0.8, True), Prior("m3", 0.1, False), Prior("m2", None, False))
    assert [candidate.chosen for candidate in example.candidates] == [True, False]
    assert example.candidates[0].reference_models == ("m1", "m2")
    assert (example.text or "").startswith("m1 says")


def test_checks_come_failed_first_and_quarantine_is_counted(page: Page) -> None:
    assert [check.expectation for check in page.checks] == ["b", "a"]
    assert page.quarantined == {"null_score": 2, "unparsable_file": 1}


def test_page_of_an_evaluation_alone_and_a_verdict_without_a_baseline_run(home: Path) -> None:
    land_run()
    land_verdict(baseline=None)
    page = page_of(RUN)
    assert page.regression is None
    assert verdict_of(page.result) == ("smcs-select", None)
    assert (page.flips, page.examples, page.checks, page.quarantined) == ((), (), (), {})
    assert "No baseline yet" in render(page)


def test_the_newest_completed_evaluated_run_is_shown(home: Path) -> None:
    assert evaluated_run(PROFILE, None) is None
    land_run()
    land_run(run_id="20261124T000000-failed", status="failed")
    assert evaluated_run(PROFILE, None) == RUN
    assert evaluated_run(PROFILE, "20261124T000000-failed") == "20261124T000000-failed"


def test_a_run_without_an_evaluation_is_refused(home: Path) -> None:
    with pytest.raises(UserError, match="no evaluation"):
        page_of("nothing")

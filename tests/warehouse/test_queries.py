"""Every named query, on an empty and on a filled published copy."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.fill import MOMENT, fill, questions, response, score
from warehouse.errors import UserError
from warehouse.published import publish
from warehouse.query import named_queries, run_named


@pytest.fixture(scope="module")
def copy(filled: None) -> None:
    publish()


def test_no_query_needs_rows(home: Path) -> None:
    publish()
    assert [name for name in named_queries() if not run_named(name).is_empty()] == []


@pytest.mark.parametrize("name", named_queries())
def test_a_query_finds_something_in_a_filled_one(copy: None, name: str) -> None:
    assert not run_named(name).is_empty()


def test_leaderboard_is_of_the_last_evaluated_run(copy: None) -> None:
    found = run_named("leaderboard").select("system", "accuracy_percent", "run_id").rows()
    assert found == [("knn", 90.0, "r2")]


def test_a_profiles_queries_are_of_its_own_runs(home: Path) -> None:
    nights = [("r1", "mine", MOMENT), ("r2", "demo", MOMENT + timedelta(days=1))]
    unevaluated = {"run_id": "r3", "flow": "collect", "profile": "new", "started_at": MOMENT + timedelta(days=2)}
    fill(
        run=[{"run_id": run, "flow": "nightly", "profile": of, "started_at": at} for run, of, at in nights]
        + [unevaluated],
        metric=[
            {"run_id": run, "system": "s", "dataset": "*", "metric": "accuracy", "value": 0.5, "created_at": at}
            for run, _, at in nights
        ],
        decision=[{"run_id": run, "profile": of, "verdict": "hold", "created_at": at} for run, of, at in nights],
        call=[{"call_id": run, "run_id": run, "purpose": "answer"} for run, _, _ in nights],
    )
    publish()
    for name in ("leaderboard", "metrics", "cost-of-last-night"):
        assert run_named(name)["run_id"].to_list() == ["r2"]
        assert run_named(name, profile="mine")["run_id"].to_list() == ["r1"]
        assert run_named(name, profile="new").is_empty()
    for name in ("decisions", "lineage", "budget-by-purpose"):
        assert {"mine", "demo"} <= set(run_named(name)["profile"])
        assert set(run_named(name, profile="mine")["profile"]) == {"mine"}
    with pytest.raises(UserError, match="no run of profile 'theirs' is published; there are runs of: demo, mine, new"):
        run_named("models", profile="theirs")


def test_metrics_are_of_the_last_evaluated_run_over_all_datasets(copy: None) -> None:
    assert run_named("metrics").select("metric", "system", "value", "run_id").rows() == [("accuracy", "knn", 0.9, "r2")]


def test_policies_say_what_they_got_on_their_test_part(copy: None) -> None:
    found = run_named("policies").select("policy_id", "router", "profile", "n_question", "accuracy_percent").rows()
    assert found == [("abc123", "knn", "p", 2, 75.0)]


def test_routing_gain_is_of_completed_runs_and_unknown_where_nothing_is_known(copy: None) -> None:
    [row] = run_named("routing-gain").to_dicts()
    assert (row["profile"], row["run_id"], row["system"], row["points"], row["won"]) == ("p", "r1", "knn", 2.0, 3)
    assert (row["best_single_percent"], row["cost_of_best_single"]) == (None, None)


def test_a_cost_of_the_best_single_models_is_told_where_both_are_of_all_questions(home: Path) -> None:
    spent = {"best-single": (4.0, 10), "all": (2.0, 10), "some": (2.0, 9)}  # USD, questions of known cost, of ten
    told = {"run_id": "r", "dataset": "*", "created_at": MOMENT}
    fill(
        run=[{"run_id": "r", "flow": "run", "profile": "p", "status": "completed"}],
        metric=[
            told | {"system": name, "metric": metric, "value": value, "n": n}
            for name, (usd, n_cost) in spent.items()
            for metric, value, n in (("accuracy", 0.5, 10), ("cost_usd", usd, n_cost))
        ],
        system=[{"run_id": "r", "system": name, "kind": "router", "name": name} for name in ("all", "some")],
        comparison=[
            {"run_id": "r", "system": name, "baseline": "best-single", "created_at": MOMENT} for name in ("all", "some")
        ],
    )
    publish()
    assert run_named("routing-gain").select("system", "cost_of_best_single").rows() == [("all", 0.5), ("some", None)]


def test_gaps_are_those_of_the_last_evaluation(copy: None) -> None:
    assert run_named("gaps").rows() == [("model", "m9", 0, 9, "no answer", "r2")]


def test_the_best_model_is_best_on_the_questions_that_all_measured_models_share(
    home: Path,
) -> None:
    keys = [f"q{i}" for i in range(6)]
    scores = {  # m1 answered the three easy ones, m3 one
        "m1": [1, 1, 1],
        "m2": [1, 1, 1, 1, 0, 0],
        "m3": [1],
    }
    cells = [(key, model, right) for model, row in scores.items() for key, right in zip(keys, row, strict=False)]
    fill(
        question=questions(*keys),
        response=[response(f"{key} {model}", key, model) for key, model, _ in cells],
        score=[score(f"{key} {model}", float(right)) for key, model, right in cells],
    )
    publish()
    found = run_named("best-model-by-dataset").select("model", "accuracy_percent", "n_question", "lead_in_points")
    assert found.rows() == [("m1", 100.0, 3, 0.0)]


def test_cost_per_answer_names_what_is_unknown(copy: None) -> None:
    found = run_named("cost-per-answer").select("model", "purpose", "n_answer", "n_known", "usd_per_answer").rows()
    assert found == [("m1", "aggregate", 1, 1, 0.5), ("m1", "answer", 2, 2, 0.035), ("m2", "answer", 1, 0, None)]


def test_explain_shows_all_candidates_of_a_right_answer(copy: None) -> None:
    found = run_named("explain").select("collaboration_id", "model", "chosen", "model_prior").rows()
    assert found == [("c", "m1", True, 0.75), ("c", "m2", False, None)]


def test_errors_come_before_successes(copy: None) -> None:
    found = run_named("calls-by-error").select("asked_model", "error_kind", "n_call", "percent_of_model").rows()
    assert found == [("m1", "timeout", 1, 25.0), ("m3", "auth", 1, 100.0), ("m1", "none", 3, 75.0)]


def test_a_failure_that_held_before_is_new(copy: None) -> None:
    found = run_named("dq-history").select("run_id", "is_new", "n_unexpected").rows()
    assert found == [("r2", True, 5)]


def test_the_last_night_is_the_one_that_was_decided_last(copy: None) -> None:
    found = run_named("cost-of-last-night").select("purpose", "model", "n_call", "cost_usd").rows()
    assert found == [("answer", "m1", 3, 0.07), ("aggregate", "m1", 1, None), ("answer", "m3", 1, None)]
    assert run_named("decisions")["verdict"].to_list() == ["hold", "regress"]

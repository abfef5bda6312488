"""Marts about single models: what they are worth, cost and refuse, on questions that are the same for all compared."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fill import MOMENT, fill, questions, response, score
from warehouse.connect import read, rows
from warehouse.published import publish
from warehouse.query import run_named


def _answers(model: str, scores: dict[str, float | None], **columns: Any) -> tuple[list[Any], list[Any]]:
    keys = {question: f"{model}-{question}" for question in scores}
    answers = [response(keys[q], q, model, request_key=keys[q], **columns) for q in scores]
    return answers, [score(keys[q], value) for q, value in scores.items()]


@pytest.fixture
def models(home: Path) -> None:
    """Ten questions of math: `good` and `cheap` have all, `partial` three easy ones; one question of no category."""
    ten = [f"q{i}" for i in range(10)]
    worlds = [
        _answers("good", {q: float(q != "q9") for q in ten}, cost_usd=0.1, latency_s=4.0),
        _answers("cheap", {q: float(q not in ("q8", "q9")) for q in ten}, cost_usd=0.01, latency_s=1.0),
        _answers("partial", dict.fromkeys(ten[:3], 1.0), cost_usd=0.001, latency_s=0.5),
        _answers("good", {"other": 0.0}, text="I'm sorry, but I can't help with that."),
    ]
    fill(
        dataset=[
            {"dataset": "d", "variant": "test", "source": "s", "category": "math"},
            {"dataset": "e", "variant": "test", "source": "s"},
        ],
        question=questions(*ten) + questions("other", dataset="e"),
        response=[one for answers, _ in worlds for one in answers],
        score=[one for _, scores in worlds for one in scores],
    )


def test_a_category_compares_models_on_the_same_questions_only(models: None) -> None:
    columns = "category, model, n_question, accuracy, cost_usd_per_answer"
    assert read(f"select {columns} from category_model order by all").rows() == [
        ("e", "good", 1, 0.0, None),
        ("math", "cheap", 10, 0.8, pytest.approx(0.01)),
        ("math", "good", 10, 0.9, pytest.approx(0.1)),
    ]


def test_the_cheapest_is_within_two_points_of_the_best(models: None) -> None:
    publish()
    wanted = "category", "cheapest_model", "best_model", "best_percent", "n"
    found = run_named("cheapest-within-two-points").filter(category="math").select(wanted).rows()
    assert found == [("math", "good", "good", 90.0, 10)]
    fill(score=[score("cheap-q8", 1.0)])
    publish()
    found = run_named("cheapest-within-two-points").filter(category="math").select(wanted).rows()
    assert found[0][1] == "cheap"


def test_a_model_has_its_accuracy_with_its_n_and_wilsons_interval(models: None) -> None:
    row = read("select * from model_overall where model = 'cheap'").row(0, named=True)
    assert (row["n_question"], row["accuracy"], row["n_cost"], row["latency_s_median"]) == (10, 0.8, 10, 1.0)
    assert row["ci_low"] == pytest.approx(0.4902, abs=2e-3)  # Wilson, 8 of 10
    assert row["ci_high"] == pytest.approx(0.9433, abs=2e-3)
    sure = read("select ci_low, ci_high from model_overall where model = 'partial'").row(0)
    assert sure == (pytest.approx(0.4385, abs=2e-3), 1.0)  # Wilson, 3 of 3: not "100 to 100"


def test_a_refusal_is_in_words_and_without_an_answer_or_by_a_filter(home: Path) -> None:
    texts = {
        "r1": ("I'm sorry, but I can't help with that.", "no_answer", None),
        "r2": ("I cannot find a reason to doubt it. The answer is B", "wrong", None),
        "r3": ("", "no_answer", "content_filter"),
        "r4": ("forty-two or so", "no_answer", None),
        "r5": ("As an AI language model I have no opinion.", "no_answer", None),
        "r6": ("1, 2, 3, 4", "wrong", "length"),
    }
    fill(
        question=questions(*texts),
        response=[
            response(key, key, text=text, finish_reason=finish, request_key=key)
            for key, (text, _, finish) in texts.items()
        ],
        score=[score(key, 0.0, verdict=verdict) for key, (_, verdict, _) in texts.items()],
    )
    assert read("select response_id from stg_refusal where refused order by all")["response_id"].to_list() == [
        "r1",
        "r3",
        "r5",
    ]
    publish()
    columns = "model", "n_answer", "refused", "filtered", "no_answer", "cut_off", "mostly_on"
    assert run_named("refusals").select(columns).rows() == [("m1", 6, 3, 0, 4, 1, "d")]


def test_a_slower_model_that_is_worse_is_named(models: None) -> None:
    fill(score=[score("cheap-q8", 1.0), score("cheap-q9", 1.0)], response=[response("x", "other", "cheap")])
    fill(score=[score("x", 1.0)])
    publish()
    found = dict(run_named("accuracy-latency").select("model", "slower_and_worse_than").rows())
    assert found == {"good": "cheap", "cheap": None, "partial": None}


def test_what_was_asked_anew_counts_by_its_newest_answer_only(models: None) -> None:
    anew = {"refresh": 1, "cost_usd": 0.5, "latency_s": 8.0, "created_at": MOMENT + timedelta(days=1)}
    fill(
        response=[response(f"new-q{i}", f"q{i}", "good", request_key=f"new-q{i}", **anew) for i in range(5)],
        score=[score(f"new-q{i}", 0.0) for i in range(5)],
    )
    columns = "n_answer, cost_usd_per_answer, latency_s_p95"
    told = (10, pytest.approx(0.3), 8.0)
    assert read(f"select accuracy_fixed, {columns} from model_leaderboard where dataset = 'd' and model = 'good'").row(
        0
    ) == (0.4, *told)
    assert read("select n_question, accuracy from model_overall where model = 'good'").row(0) == (
        11,
        pytest.approx(4 / 11),
    )
    assert read("select accuracy from category_model where category = 'math' and model = 'good'").item() == 0.4
    assert read("select sum(n_answer) from refusal where model = 'good'").item() == 11
    publish()
    assert run_named("best-model-by-dataset").filter(dataset="d")["model"].item() == "cheap"


def test_two_points_behind_is_within_two_points(home: Path) -> None:
    told = {"good": (0.26, 0.1), "cheap": (0.24, 0.01)}
    fill(
        question=questions("q"),
        response=[response(name, "q", name, cost_usd=usd) for name, (_, usd) in told.items()],
        score=[score(name, value) for name, (value, _) in told.items()],
    )
    publish()
    assert run_named("cheapest-within-two-points")["cheapest_model"].item() == "cheap"


def test_what_a_filter_stopped_counts_as_refused_until_it_is_answered(models: None) -> None:
    stopped = {"asked_model": "cheap", "purpose": "answer", "error_kind": "content_filter", "started_at": MOMENT}
    calls = [stopped | {"call_id": key, "request_key": key, "question_id": key} for key in ("other", "q0")]
    tested = [{"run_id": "r", "system": "best-single", "dataset": "d", "question_id": q} for q in ("other", "q0", "q1")]
    fill(call=calls, outcome=tested)
    assert read("select sum(n_answer), sum(n_filtered) from refusal where model = 'cheap'").row(0) == (10, 1)
    assert read("select refusal_share from model_overall where model = 'cheap'").item() == pytest.approx(1 / 11)
    page = rows("report_model", run="r").filter(model="cheap")
    assert page["refusal_share"].item() == pytest.approx(1 / 3)


def test_what_an_answer_said_is_unknown_where_its_text_was_not_recorded(models: None) -> None:
    silent = [response(f"s{i}", f"q{i}", "silent", text="", finish_reason="not_recorded") for i in range(4)]
    fill(response=silent, score=[score(f"s{i}", 1.0, "recorded") for i in range(4)])
    columns = "accuracy, n_answer, no_answer_share, refusal_share"
    assert read(f"select {columns} from model_overall where model = 'silent'").row(0) == (1.0, 4, None, None)
    assert read(f"select {columns} from model_overall where model = 'partial'").row(0) == (1.0, 3, 0.0, 0.0)
    assert read("select no_answer_share from model_leaderboard where model = 'silent'").item() is None
    assert read("select * from refusal where model = 'silent'").is_empty()

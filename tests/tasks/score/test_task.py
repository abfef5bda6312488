"""The score stage on a small warehouse: everything once, nothing twice, nothing lost, nothing guessed."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from flows.score import score
from tasks.score import registry
from tasks.score.judge import judge, scorer_of, scorer_version
from tasks.score.rows import items_of, score_rows, waiting_responses, without_sandboxed
from tasks.score.sandbox.run import sandbox, sandbox_available
from tasks.score.verdict import Verdict, graded
from tests.fill import fill, questions, response
from tests.small_world import put_profiles
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.identity import question_id, response_id, text_hash
from warehouse.writer import land, load_landing, now

QUERIES = Path(__file__).parents[3] / "warehouse" / "queries"
PROFILE = """
title: a small one
source: questions
datasets: ["t-*"]
pool: example
"""
MODELS = ("right", "wrong", "silent")
DATASETS = {
    "t-choice": ("choice", "B", {"letters": "ABCD"}, {}, ("Answer: B", "Answer: C", "I do not know")),
    "t-math": ("math", "1/2", {}, {}, (r"\boxed{0.5}", "Answer: 2", "hm")),
    "t-code": (
        "python_tests",
        None,
        {},
        {"tests": ["assert f(1) == 2"], "entry_point": "f"},
        ("```python\ndef f(x): return x + 1\n```", "```python\ndef f(x): return x\n```", "no"),
    ),
    "t-imported": (None, "B", {}, {}, ("Answer: B", "Answer: B", "Answer: B")),
    "other": ("choice", "B", {}, {}, ("Answer: B", "Answer: B", "Answer: B")),
}


@pytest.fixture
def answers(home: Path) -> Path:
    """A warehouse with one question per dataset and three answers to each."""
    put_profiles(home, runs={"small": PROFILE})
    datasets, asked, responses = [], [], []
    for name, (scorer, truth, options, metadata, texts) in DATASETS.items():
        question = question_id(name, "v1", "q")
        rule = {"scorer": scorer, "scorer_options": json.dumps(options)}
        datasets.append({"dataset": name, "variant": "v1", "source": "questions", **rule})
        asked += questions(question, dataset=name, variant="v1", ground_truth=truth, metadata=json.dumps(metadata))
        for model, text in zip(MODELS, texts, strict=True):
            for purpose in ("answer", "reference"):
                key = response_id(question, model, purpose, 0, text_hash(text))
                own = {"request_key": f"{name}{model}{purpose}", "text_hash": text_hash(text)}
                responses.append(response(key, question, model, purpose=purpose, text=text, **own))
    fill(dataset=datasets, question=asked, response=responses)
    return home


def verdicts() -> dict[tuple[str, str], str]:
    found = read(
        "select dataset, model, verdict from score join response using (response_id) join question using (question_id)"
        " where mode = 'fixed'"
    )
    return {(dataset, model): verdict for dataset, model, verdict in found.iter_rows()}


def judged(*names: str) -> dict[tuple[str, str], str]:
    return {
        (name, model): verdict
        for name in names
        for model, verdict in zip(MODELS, ("correct", "wrong", "no_answer"), strict=True)
    }


@pytest.mark.usefixtures("answers", "prefect_server")
def test_the_flow_judges_each_answer_once_and_again_only_when_asked() -> None:
    kinds = ["t-choice", "t-math", *(["t-code"] if sandbox_available() is None else [])]
    assert score(profile="small")["score"] == 3 * len(kinds)
    assert verdicts() == judged(*kinds)
    first = read("select response_id, score, verdict, extracted from score order by all")

    assert score(profile="small").get("score", 0) == 0
    assert score(profile="small", rescore=True)["score"] == 3 * len(kinds)
    assert read("select response_id, score, verdict, extracted from score order by all").equals(first)


@pytest.mark.usefixtures("answers")
def test_an_answer_whose_text_was_not_recorded_is_judged_by_nobody() -> None:
    there = read("select * from response where text = 'Answer: B' and purpose = 'answer'")
    without = there.with_columns(
        response_id="no " + pl.col("response_id"), text=pl.lit(""), finish_reason=pl.lit("not_recorded")
    )
    land("response", without.with_columns(sample_index=pl.lit(1, pl.Int32)))
    load_landing()
    waiting = set(waiting_responses(["*"], rescore=True)["response_id"])
    judged = there.join(read("select question_id from question where dataset <> 't-imported'"), on="question_id")
    assert waiting >= set(judged["response_id"])
    assert not waiting & set(without["response_id"])


@pytest.mark.usefixtures("answers", "prefect_server")
def test_verdicts_landed_by_a_killed_run_are_kept() -> None:
    items = items_of(waiting_responses(["t-choice"], rescore=False))
    land("score", score_rows("killed", items, [Verdict(0.0, "wrong", "Z")] * len(items)))
    score(profile="small")
    kept = read("select count(*) as n from score where run_id = 'killed' and extracted = 'Z'")
    assert kept["n"].item() == 3
    assert read("select count(*) as n from score")["n"].item() == len(verdicts())


@pytest.mark.usefixtures("answers")
def test_what_waits_are_answers_of_datasets_with_a_scorer() -> None:
    waiting = waiting_responses(["t-*"], rescore=False)
    assert sorted(waiting["scorer"]) == ["choice"] * 3 + ["math"] * 3 + ["python_tests"] * 3
    assert waiting_responses(["nothing-*"], rescore=False).is_empty()


@pytest.mark.usefixtures("answers")
def test_items_carry_what_their_scorers_need_in_the_order_asked_for() -> None:
    found = waiting_responses(["t-*"], rescore=False).reverse()
    items = items_of(found)
    assert [(response, item.scorer) for response, item in items] == found.select("response_id", "scorer").rows()
    by_scorer = {item.scorer: item for _, item in items}
    assert by_scorer["choice"].options == {"letters": "ABCD"}
    assert by_scorer["python_tests"].metadata["entry_point"] == "f"
    assert by_scorer["math"].ground_truth == "1/2"


@pytest.mark.usefixtures("answers")
def test_a_scorer_of_another_mode_judges_beside_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    published = registry.Scorer("7", "compat", lambda item: graded(False, item.text), sandboxed=True)
    monkeypatch.setitem(registry.scorers._entries, "as-published", published)
    row = read("select * from dataset where dataset = 't-choice'").with_columns(also_scorers=["as-published"])
    land("dataset", row)
    load_landing()
    waiting = waiting_responses(["t-choice"], rescore=False)
    assert sorted(waiting["scorer"]) == ["as-published"] * 3 + ["choice"] * 3
    items = items_of(waiting)
    land("score", score_rows("r", items, judge([item for _, item in items])))
    load_landing()
    assert waiting_responses(["t-choice"], rescore=False).is_empty()
    keys = "select scorer, scorer_version, mode, avg(score) from score group by all order by scorer"
    assert read(keys).rows() == [
        ("as-published", "7", "compat", 0.0),
        ("choice", scorer_version("choice"), "fixed", 1 / 3),
    ]
    assert [scorer_of(row.row(0, named=True), mode) for mode in ("fixed", "compat", "recorded")] == [
        "choice",
        "as-published",
        "choice",
    ]
    with pytest.raises(UserError, match="unknown score mode of a scorer 'fast'; choose one of: compat, fixed"):
        registry.scorer("odd", version="1", mode="fast")  # type: ignore[arg-type]


@pytest.mark.usefixtures("answers")
def test_what_changes_between_two_modes_is_told_by_scorer_model_and_cause() -> None:
    row = read("select * from dataset where dataset = 't-choice'").with_columns(also_scorers=["choice_compat"])
    land("dataset", row)
    load_landing()
    for mode in ("compat", "fixed"):
        waiting = waiting_responses(["t-choice"], rescore=True, mode=mode)
        assert set(waiting["scorer"]) == {"choice_compat" if mode == "compat" else "choice"}
        items = items_of(waiting)
        said = [replace(item, text="The answer is (B).") for _, item in items[:1]] + [item for _, item in items[1:]]
        land("score", score_rows("r", items, judge(said)))
    load_landing()
    changed = read((QUERIES / "verdict-changes.sql").read_text())
    assert changed.columns[:5] == ["model", "cause", "n_answer", "mode", "other_mode"], "what 80 columns show first"
    assert changed.select("mode", "other_mode", "scorer", "other_scorer", "cause", "n_answer").rows() == [
        ("fixed", "compat", "choice", "choice_compat", "no answer found by compat", 1)
    ]


@pytest.mark.usefixtures("answers")
def test_without_a_sandbox_programs_are_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.cache_clear()
    try:
        here, left_out, reason = without_sandboxed(waiting_responses(["t-*"], rescore=False))
    finally:
        sandbox.cache_clear()
    assert set(here["scorer"]) == {"choice", "math"}
    assert left_out == {"python_tests": 3}
    assert "bubblewrap" in str(reason)


@pytest.mark.usefixtures("answers")
def test_a_dataset_with_an_unknown_scorer_is_refused() -> None:
    row = read("select * from dataset where dataset = 't-choice'").with_columns(scorer=pl.lit("oracle"))
    land("dataset", row)
    load_landing()
    with pytest.raises(UserError, match="unknown scorer 'oracle'"):
        waiting_responses(["t-choice"], rescore=False)


@pytest.mark.usefixtures("answers", "prefect_server")
def test_the_artifact_shows_extraction_failures_by_model() -> None:
    from prefect.client.orchestration import get_client

    known = read("select * from response where purpose = 'answer' and text = 'Answer: C'")
    anew = {"response_id": "anew", "request_key": "anew", "refresh": 1, "text": "Answer: B", "created_at": now()}
    joint = {"response_id": "joint", "request_key": "joint", "purpose": "aggregate", "model": "right", "text": "hm"}
    for other in (anew, joint):
        land("response", known.with_columns(**{name: pl.lit(value) for name, value in other.items()}))
    load_landing()
    score(profile="small")
    with get_client(sync_client=True) as client:
        artifacts = client.request("POST", "/artifacts/latest/filter", json={}).json()
    table = json.loads(next(artifact["data"] for artifact in artifacts if artifact["key"] == "scoring"))
    shown = {row["model"]: row for row in table}
    assert table[0]["model"] == "silent"
    assert shown["silent"]["percent_no_answer"] == 100.0
    assert shown["right"]["percent_correct"] == 100.0
    assert shown["right"]["n_no_answer"] == 0, "what it wrote as an aggregator is no answer of its own"
    assert shown["wrong"]["n_judged"] == shown["right"]["n_judged"]
    assert shown["wrong"]["percent_correct"] > 0, "once it was asked anew, only the newest answer counts"

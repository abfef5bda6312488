"""Layouts of truth, options and tests that foreign files have: understood, or refused by name, never judged as 0."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.ingest.ingest import ingest_source
from tasks.ingest.layout import letter_of
from tasks.score.rows import items_of, score_rows, waiting_responses
from tasks.score.verdict import Verdict
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.writer import write

XYZ = {"A": "x", "B": "y", "C": "z"}


@pytest.mark.parametrize(
    ("truth", "options", "letter"),
    [
        ("B", XYZ, "B"),
        ("(b).", XYZ, "B"),
        (" Y ", XYZ, "B"),
        ("B", {}, "B"),
        ("f", {"A": "True", "B": "False"}, "B"),
        ("T", {"T": "True", "F": "False"}, "A"),
        ("2", {"1": "x", "2": "y"}, "B"),
        ("0", XYZ, "A"),
        ("3", XYZ, "C"),
        ("4", {"A": "2", "B": "4", "C": "8"}, "B"),
        ("2", XYZ, None),
        ("1", XYZ, None),
        ("D", XYZ, None),
        ("2", {}, None),
        ("AC", XYZ, None),
        ("", XYZ, None),
        ("x", {"A": "x", "B": "X"}, None),
        ("2", {"A": "2", "B": "4", "C": "8"}, None),
    ],
)
def test_a_truth_is_a_letter_where_it_can_be_read_in_one_way_only(
    truth: str, options: dict[str, str], letter: str | None
) -> None:
    assert letter_of(truth, options) == letter


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("given", "kept", "reason"),
    [
        ({"options": ["x", "y"], "ground_truth": "B"}, {"options": ["x", "y"]}, None),
        ({"options": {"A": "x", "B": "y"}, "ground_truth": "y"}, {"options": ["x", "y"]}, None),
        (
            {"options": [{"label": "1", "text": "x"}, {"label": "2", "text": 7}], "ground_truth": 2},
            {"options": ["x", "7"]},
            None,
        ),
        ({"options": {"text": ["x", "y"], "label": ["A", "B"]}, "ground_truth": "B"}, {"options": ["x", "y"]}, None),
        ({"options": {"B": "y", "A": "x"}, "ground_truth": "B"}, {"options": ["x", "y"]}, None),
        ({"options": {"2": "y", "1": "x"}, "ground_truth": "2"}, {"options": ["x", "y"]}, None),
        ({"options": {"F": "False", "T": "True"}, "ground_truth": "T"}, {"options": ["False", "True"]}, None),
        ({"options": {"B": "y", "C": "z"}, "ground_truth": "B"}, None, "odd_options"),
        ({"options": "x|y", "ground_truth": "B"}, None, "odd_options"),
        ({"options": [["x"], ["y"]], "ground_truth": "B"}, None, "odd_options"),
        ({"tests": "assert f() == 1", "ground_truth": "B"}, {"tests": ["assert f() == 1"]}, None),
        ({"test": "def check(c): assert c()", "ground_truth": "B"}, {"tests": ["def check(c): assert c()"]}, None),
        ({"tests": {"input": [1], "output": [2]}, "ground_truth": "B"}, None, "odd_tests"),
        ({"tests": ["assert f( == 1"], "ground_truth": "B"}, None, "odd_tests"),
        ({"options": ["x", "y"], "ground_truth": "1"}, {"options": ["x", "y"]}, "odd_truth"),
    ],
)
def test_a_layout_is_understood_or_refused_by_name(
    tmp_path: Path, given: dict[str, Any], kept: dict[str, Any] | None, reason: str | None
) -> None:
    path = tmp_path / "gpqa.jsonl"
    path.write_text(json.dumps({"question": "Which?"} | given))
    summary = ingest_source("questions", str(path), {}, "run-1")
    assert summary.quarantined == ({reason: 1} if reason else {})
    truth, metadata = read("select ground_truth, metadata from question").row(0)
    assert (metadata and json.loads(metadata)) == kept
    assert truth == (None if reason == "odd_truth" else "B")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("called", ["answerKey", "groundTruth"])
def test_a_column_that_judging_would_need_is_not_passed_over_in_silence(tmp_path: Path, called: str) -> None:
    row = {"question": "Which?", called: "B", "choices": {"text": ["x", "y"], "label": ["A", "B"]}}
    path = tmp_path / "gpqa.jsonl"
    path.write_text(json.dumps(row))
    assert ingest_source("questions", str(path), {}, "run-1").quarantined == {"unread_column": 2}
    assert f"--column.ground_truth {called}" in read("select string_agg(detail) from quarantine").item()
    with pytest.raises(UserError, match=r"no column 'answer'; .*--column\.ground_truth NAME"):
        ingest_source("questions", str(path), {"columns": {"ground_truth": "answer"}}, "run-1")
    columns = {"ground_truth": called, "options": "choices"}
    mapped = ingest_source("questions", str(path), {"columns": columns}, "run-1")
    assert not mapped.quarantined
    assert read("select ground_truth, metadata from question").row(0) == ("B", '{"options":["x","y"]}')


@pytest.mark.usefixtures("home")
def test_another_truth_means_judging_again(tmp_path: Path) -> None:
    question = {"dataset": "gpqa", "question_id": 1, "question": "Which?", "ground_truth": "B"}
    answer = {"dataset": "gpqa", "question_id": 1, "question": "Which?", "model": "m", "response": "B"}
    (tmp_path / "asked.jsonl").write_text(json.dumps(question))
    (tmp_path / "answers.jsonl").write_text(json.dumps(answer))
    ingest_source("questions", str(tmp_path / "asked.jsonl"), {}, "run-1")
    ingest_source("recorded", str(tmp_path / "answers.jsonl"), {}, "run-1")
    waiting = waiting_responses(["*"], rescore=False)
    write("score", score_rows("run-1", items_of(waiting), [Verdict(1.0, "correct", "B")] * len(waiting)))
    assert waiting_responses(["*"], rescore=False).is_empty()
    assert ingest_source("recorded", str(tmp_path / "answers.jsonl"), {}, "run-2").notes["outdated_verdict"] == 0
    (tmp_path / "asked.jsonl").write_text(json.dumps(question | {"ground_truth": "C"}))
    assert ingest_source("questions", str(tmp_path / "asked.jsonl"), {}, "run-3").notes["outdated_verdict"] == len(
        waiting
    )
    again = waiting_responses(["*"], rescore=False)
    assert again.drop("basis").equals(waiting.drop("basis"))
    assert not (again["basis"] == waiting["basis"]).any()


@pytest.mark.usefixtures("home")
def test_a_file_that_has_lost_rows_says_so_and_they_stay(tmp_path: Path) -> None:
    def ingest(*asked: int) -> int:
        path = tmp_path / "asked.jsonl"
        path.write_text("".join(json.dumps({"question": f"What is {i} + 1?"}) + "\n" for i in asked))
        return ingest_source("questions", str(path), {}, "run-1").notes["fewer_rows"]

    assert [ingest(1, 2, 3, 4), ingest(1, 2), ingest(1, 2, 5)] == [0, 2, 0]
    assert read("select count(*) from question").item() == 5


@pytest.mark.usefixtures("home")
def test_the_key_of_a_question_that_is_yet_to_be_asked_is_not_offered_as_its_text(tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    path.write_text("question_id,ground_truth\nq1,4\n")
    with pytest.raises(UserError, match=r"no column 'question'; .*--column\.question NAME$"):
        ingest_source("questions", str(path), {}, "run-1")

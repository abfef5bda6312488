"""LLMRouter's routing data."""

import json
from pathlib import Path

import pytest

from tasks.ingest.ingest import ingest_source
from warehouse.connect import read

pytestmark = pytest.mark.usefixtures("home")

QUERY = {
    "task_name": "arc_challenge",
    "query": "Which is a metal?",
    "ground_truth": "B",
    "metric": "em_mc",
    "choices": json.dumps({"text": ["wood", "iron"], "labels": ["A", "B"]}),
    "task_id": None,
}
ANSWER = {
    "model_name": "qwen2.5-7b-instruct",
    "response": "B",
    "input_tokens": 12,
    "output_tokens": 1,
    "token_num": 13,
    "response_time": 0.4,
    "performance": 1,
    "user_id": None,
}


def test_routing_data_are_questions_options_and_answers(tmp_path: Path) -> None:
    other = QUERY | {"query": "Who wrote Faust?", "choices": None, "task_name": "trivia_qa", "task_id": 7}
    lines = [
        QUERY | ANSWER,
        QUERY | ANSWER | {"model_name": "gemma", "performance": None, "response_time": None},
        other,
    ]
    (tmp_path / "routing.jsonl").write_text("\n".join(map(json.dumps, lines)))
    ingest_source("llmrouter", str(tmp_path / "routing.jsonl"), {}, "run")
    assert read(
        "select dataset, model, score, prompt_tokens, completion_tokens, latency_s from response "
        "join question using (question_id) left join score using (response_id) order by model"
    ).rows() == [
        ("arc_challenge", "gemma", None, 12, 1, None),
        ("arc_challenge", "qwen2.5-7b-instruct", 1.0, 12, 1, 0.4),
    ]
    questions = read("select dataset, ground_truth, metadata->'options' as options from question order by dataset")
    assert questions.rows() == [("arc_challenge", "B", '["wood","iron"]'), ("trivia_qa", "B", None)]


def test_a_question_is_a_text_with_a_truth(tmp_path: Path) -> None:
    """As in its example data: CommonGen counts each file from 0, GPQA shuffles the options of one text anew."""
    words = QUERY | {"task_name": "commongen", "choices": None, "task_id": "0"}
    lines = [words | {"query": "coin, trick"}, words | {"query": "lake, gas"}, QUERY]
    shuffled = {"ground_truth": "A", "choices": "{'text': ['iron', 'wood'], 'labels': ['A', 'B']}"}
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, [*lines, QUERY | shuffled])))
    assert not ingest_source("llmrouter", str(tmp_path), {}, "run").quarantined
    found = read("select text, ground_truth, metadata->'options' from question order by text, ground_truth").rows()
    assert found == [
        ("Which is a metal?", "A", '["iron","wood"]'),
        ("Which is a metal?", "B", '["wood","iron"]'),
        ("coin, trick", "B", None),
        ("lake, gas", "B", None),
    ]


def test_the_choices_of_code_are_its_tests(tmp_path: Path) -> None:
    code = QUERY | {"task_name": "mbpp", "metric": "code_eval", "task_id": "11", "choices": "['assert f(1) == 2']"}
    (tmp_path / "train.jsonl").write_text(json.dumps(code))
    ingest_source("llmrouter", str(tmp_path), {}, "run")
    assert read("select metadata from question").item() == '{"tests":["assert f(1) == 2"]}'


def test_a_failed_call_is_no_answer_and_nothing_counted_is_unknown(tmp_path: Path) -> None:
    nothing = {"input_tokens": 0, "output_tokens": 0, "response_time": 0, "performance": 0}
    said = [("a", "API Error: timed out"), ("b", "ERROR: no route"), ("c", "An error: B")]
    lines = [QUERY | ANSWER | nothing | {"model_name": model, "response": text} for model, text in said]
    (tmp_path / "routing.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert ingest_source("llmrouter", str(tmp_path), {}, "run").quarantined == {"generation_failure": 2}
    told = "model, text, finish_reason, score, prompt_tokens, completion_tokens, latency_s"
    assert read(f"select {told} from response join score using (response_id) order by model").rows() == [
        ("a", "", "error", 0.0, None, None, None),
        ("b", "", "error", 0.0, None, None, None),
        ("c", "An error: B", None, 0.0, None, None, 0.0),
    ]


def test_an_answer_that_says_error_is_one_where_its_tokens_were_counted(tmp_path: Path) -> None:
    """A failed call of its evaluation has 0 tokens, and one that timed out the words of its notice."""
    said = [("a", "ERROR: division by zero"), ("b", "API Error: Request timed out for model b")]
    lines = [QUERY | ANSWER | {"model_name": model, "response": text, "output_tokens": 7} for model, text in said]
    (tmp_path / "routing.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert ingest_source("llmrouter", str(tmp_path), {}, "run").quarantined == {"generation_failure": 1}
    told = read("select model, text, completion_tokens from response order by model").rows()
    assert told == [("a", "ERROR: division by zero", 7), ("b", "", None)]

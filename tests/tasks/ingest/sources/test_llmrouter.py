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

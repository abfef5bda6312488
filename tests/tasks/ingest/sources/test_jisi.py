"""JiSi's banks: what is null stays unknown."""

import json
from pathlib import Path

import pytest

from tasks.ingest.ingest import ingest_source
from warehouse.connect import read

pytestmark = pytest.mark.usefixtures("home")

_TOKENS = ("prompt_tokens", "completion_tokens")


def test_scores_texts_and_parts_arrive_and_null_is_not_wrong(tmp_path: Path) -> None:
    lines = [
        {
            "query": "What is 2 + 2?",
            "dataset": "sums",
            "records": {"a": 1.0, "b": False, "c": None},
            "raw_output": {"a": "4", "b": "5", "c": None},
            "usages": {"a": {"prompt_tokens": 9, "completion_tokens": 7}, "b": dict.fromkeys(_TOKENS, 0)},
        },
        {"query": "What is 3 + 3?", "dataset": "sums", "records": {"a": None, "b": 0.5}, "raw_output": {"a": "6"}},
    ]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "test.jsonl").write_text(json.dumps(lines[0] | {"query": "What is 4 + 4?"}) + "\nnot json\n")
    found = ingest_source("jisi", str(tmp_path), {}, "run")
    answers = read(
        "select question.text, model, response.text as said, score, prompt_tokens, completion_tokens from response "
        "join question using (question_id) left join score using (response_id) order by all"
    )
    assert found.quarantined == {"unparsable_line": 1, "null_score": 1}
    assert answers.filter(answers["text"] == "What is 2 + 2?").rows() == [
        ("What is 2 + 2?", "a", "4", 1.0, 9, 7),
        ("What is 2 + 2?", "b", "5", 0.0, None, None),
    ]
    assert answers.filter(answers["text"] == "What is 3 + 3?").rows() == [
        ("What is 3 + 3?", "a", "6", None, None, None),
        ("What is 3 + 3?", "b", "", 0.5, None, None),
    ]
    parts = read("select text, metadata->>'part' as part from question order by text").rows()
    assert parts == [("What is 2 + 2?", "train"), ("What is 3 + 3?", "train"), ("What is 4 + 4?", "test")]

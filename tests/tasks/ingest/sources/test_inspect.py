"""Logs of Inspect: what a sample holds becomes rows; with Inspect's own reader where it is installed."""

import json
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tasks.ingest.ingest import ingest_source
from tasks.ingest.sources.inspect import rows_of
from warehouse.connect import read
from warehouse.errors import UserError

pytestmark = pytest.mark.usefixtures("home")
with_reader = pytest.mark.skipif(find_spec("inspect_ai") is None, reason="the extra `inspect` is not installed")


def sample(key: Any, value: Any = "C", epoch: int = 1, **given: Any) -> dict[str, Any]:
    usage = {"input_tokens": 12, "output_tokens": 3, "total_tokens": 15}
    message = {"role": "assistant", "content": f"answer {key}"}
    return {
        "id": key,
        "epoch": epoch,
        "input": f"What is {key}?",
        "target": "B",
        "messages": [],
        "output": {
            "model": "gpt-x-0301",
            "choices": [{"message": message, "stop_reason": "stop"}],
            "completion": f"answer {key}",
            "usage": usage,
            "time": 1.5,
        },
        "scores": {"choice": {"value": value, "answer": "B"}, "judge": {"value": 0.25}},
        "model_usage": {"openai/gpt-x": usage, "openai/judge": usage | {"input_tokens": 900}},
        "metadata": {},
        "store": {},
        "events": [],
        "attachments": {},
    } | given


def rows(**given: Any) -> list[dict[str, Any]]:
    return rows_of("openai/gpt-x", "sums", None, "1 1", sample(1, **given))


@pytest.mark.parametrize(
    ("value", "score"),
    [("C", 1.0), ("I", 0.0), ("P", 0.5), ("N", 0.0), (0.3, 0.3), (True, 1.0), (float("nan"), None), ({"a": 1}, None)],
)
def test_a_value_is_a_score_or_unknown(value: Any, score: float | None) -> None:
    assert rows(value=value)[0]["score"] == score


def test_a_sample_is_an_answer_with_its_own_models_tokens() -> None:
    [row] = rows()
    assert (row["model"], row["response"], row["extracted"], row["sample_index"]) == (
        "openai/gpt-x",
        "answer 1",
        "B",
        0,
    )
    assert (row["prompt_tokens"], row["cost_usd"], row["latency_s"]) == (12, None, 1.5)
    assert rows_of("openai/gpt-x", "sums", "judge", "1 1", sample(1))[0]["score"] == 0.25


@pytest.mark.parametrize(("total", "prompt"), [(1005, 1000), (15, 10)])
def test_cached_tokens_are_of_the_prompt_where_the_total_says_so(total: int, prompt: int) -> None:
    cached = {"input_tokens": 10, "input_tokens_cache_read": 900, "input_tokens_cache_write": 90, "output_tokens": 5}
    assert rows(model_usage={"openai/gpt-x": cached | {"total_tokens": total}})[0]["prompt_tokens"] == prompt


def test_messages_options_and_several_targets_are_taken() -> None:
    asked = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Which?"}, {"type": "image", "image": "x"}]},
    ]
    [row] = rows(input=asked, choices=["one", "two"], target=["two", "2"])
    assert (row["text"], row["metadata"]) == ("Which?", '{"options":["one","two"]}')
    assert json.loads(row["ground_truth"]) == ["two", "2"]


def test_a_failed_sample_is_a_question_once_and_a_named_reject() -> None:
    for given in ({"error": {"message": "timeout"}}, {"output": {"choices": []}}):
        row, failed = rows(**given)
        assert "model" not in row
        assert failed.reason == "generation_failure"
        assert [one.reason for one in rows(**given, epoch=2)] == ["generation_failure"]


@pytest.mark.skipif(find_spec("inspect_ai") is not None, reason="the extra `inspect` is installed")
def test_without_the_reader_one_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "log.eval").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"pip install 'concertino\[inspect\]'"):
        ingest_source("inspect", str(tmp_path), {}, "run")


def log(created: str, samples: list[dict[str, Any]]) -> dict[str, Any]:
    whole = {"dataset": {"samples": 2, "sample_ids": [1, 2]}, "config": {"epochs": 2}}
    about = {"created": created, "task": "evals/sums", "model": "openai/gpt-x"} | whole
    results: dict[str, Any] = {"results": {"total_samples": 2, "completed_samples": 2, "scores": []}, "stats": {}}
    return {"version": 2, "status": "success", "eval": about, "plan": {}, **results, "samples": samples}


@with_reader
def test_the_newest_log_counts_whether_it_is_json_or_a_zip(tmp_path: Path) -> None:
    older, newer = log("2026-01-01T10:00:00+00:00", [sample(1, "I")]), log("2026-02-01T10:00:00+00:00", [])
    (tmp_path / "older.json").write_text(json.dumps(older))
    with zipfile.ZipFile(tmp_path / "newer.eval", "w") as archive:
        archive.writestr("header.json", json.dumps({name: newer[name] for name in newer if name != "samples"}))
        for one in (sample(1), sample(1, "I", 2), sample(2, float("nan"))):
            archive.writestr(f"samples/{one['id']}_epoch_{one['epoch']}.json", json.dumps(one))
    (tmp_path / "odd.eval").write_bytes(b"PK nothing")
    found = ingest_source("inspect", str(tmp_path), {}, "run")
    assert found.quarantined == {"superseded_file": 1, "unparsable_file": 1, "null_score": 1}
    assert read(
        "select dataset, source_key, sample_index, model, score from response join question using (question_id) "
        "left join score using (response_id) order by all"
    ).rows() == [
        ("sums", "1", 0, "openai/gpt-x", 1.0),
        ("sums", "1", 1, "openai/gpt-x", 0.0),
        ("sums", "2", 0, "openai/gpt-x", None),
    ]


@with_reader
def test_a_newer_log_without_a_sample_does_not_win(tmp_path: Path) -> None:
    (tmp_path / "older.json").write_text(json.dumps(log("2026-01-01T10:00:00+00:00", [sample(1)])))
    (tmp_path / "newer.json").write_text(json.dumps(log("2026-02-01T10:00:00+00:00", []) | {"status": "error"}))
    assert ingest_source("inspect", str(tmp_path), {}, "run").quarantined == {"empty_file": 1}
    assert read("select source_key from response join question using (question_id)").item() == "1"

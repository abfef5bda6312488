"""Sample files of lm-evaluation-harness."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.ingest.ingest import check_source, ingest_source
from warehouse.connect import read
from warehouse.errors import UserError

pytestmark = pytest.mark.usefixtures("home")


def sample(number: int, correct: float, filter: str = "strict-match", **given: Any) -> dict[str, Any]:
    return {
        "doc_id": number,
        "doc": {"question": f"What is {number} + 1?", "answer": str(number + 1)},
        "target": str(number + 1),
        "arguments": {"gen_args_0": {"arg_0": f"Q: 0 + 1?\nA: 1\n\nQ: {number} + 1?\nA:", "arg_1": {"until": ["\n"]}}},
        "resps": [[f" {number + 1}"]],
        "filtered_resps": [str(number + 1)],
        "filter": filter,
        "metrics": ["exact_match"],
        "doc_hash": f"hash-{number}",
        "exact_match": correct,
    } | given


def put(folder: Path, name: str, lines: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(map(json.dumps, lines)))


def test_one_line_a_document_counts_of_the_newest_run(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "someone__model"
    put(folder, "samples_gsm8k_2026-01-01T10-00-00.000000.jsonl", [sample(1, 0.0)])
    newest = [sample(1, 0.0, "flexible-extract"), sample(1, 1.0), sample(2, 0.0, "flexible-extract"), sample(2, 0.0)]
    put(folder, "samples_gsm8k_2026-02-01T10-00-00.000000.jsonl", newest)
    put(folder, "results_2026-02-01T10-00-00.000000.json", [{"model_name": "someone/model", "results": {}}])
    put(tmp_path / "out" / "bare", "samples_gsm8k_2026-01-05T10-00-00.000000.jsonl", [sample(1, 0.0), sample(2, 1.0)])

    ingest_source("lm-eval", str(tmp_path / "out"), {}, "run")

    assert read(
        "select model, question.text, response.text, score, cost_usd, prompt_tokens from response "
        "join question using (question_id) join score using (response_id) order by model, question.text"
    ).rows() == [
        ("bare", "What is 1 + 1?", " 2", 0.0, None, None),
        ("bare", "What is 2 + 1?", " 3", 1.0, None, None),
        ("someone/model", "What is 1 + 1?", " 2", 1.0, None, None),
        ("someone/model", "What is 2 + 1?", " 3", 0.0, None, None),
    ]
    assert read("select ground_truth, prompt from question order by text").rows()[0] == (
        "2",
        "Q: 0 + 1?\nA: 1\n\nQ: 1 + 1?\nA:",
    )


def test_what_a_chat_service_said_is_read(tmp_path: Path) -> None:
    """As lm-eval 0.4.13 writes with `--apply_chat_template` for `local-chat-completions`."""
    messages = [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "1 + 1?"}]
    sent = {"gen_args_0": {"arg_0": [json.dumps(messages)], "arg_1": {"until": ["\n"]}}}
    put(tmp_path / "m", "samples_gsm8k_2026-01-01T10-00-00.jsonl", [sample(1, 1.0, arguments=sent)])
    ingest_source("lm-eval", str(tmp_path), {}, "run")
    told = "select question.text, prompt, response.text from response join question using (question_id)"
    assert read(told).rows() == [("What is 1 + 1?", "Be brief\n\n1 + 1?", " 2")]


def test_metrics_need_not_be_listed_and_an_unknown_one_is_told(tmp_path: Path) -> None:
    older = {name: value for name, value in sample(1, 1.0).items() if name not in ("metrics", "filter")}
    put(tmp_path / "m", "samples_g_2024-01-01T10-00-00.jsonl", [older])
    assert not ingest_source("lm-eval", str(tmp_path), {}, "run").quarantined
    assert read("select score from score").rows() == [(1.0,)]
    assert ingest_source("lm-eval", str(tmp_path), {"metric": "acc"}, "run").quarantined == {"null_score": 1}


def test_a_filter_counts_where_a_task_has_it_and_a_misspelt_one_is_told(tmp_path: Path) -> None:
    put(tmp_path / "m", "samples_gsm8k_2026-01-01T10-00-00.jsonl", [sample(1, 0.0), sample(1, 1.0, "flexible-extract")])
    put(tmp_path / "m", "samples_arc_2026-01-01T10-00-00.jsonl", [sample(2, 1.0, "none"), sample(3, 0.0, "none")])
    with pytest.raises(UserError, match=r"no task has the filter 'flexible'; there are: none, strict-match, flex"):
        ingest_source("lm-eval", str(tmp_path), {"filter": "flexible"}, "run")

    assert not ingest_source("lm-eval", str(tmp_path), {"filter": "flexible-extract"}, "run").quarantined
    scores = "select dataset, score from score join response using (response_id) join question using (question_id)"
    assert sorted(read(scores).rows()) == [("arc", 0.0), ("arc", 1.0), ("gsm8k", 1.0)]


@pytest.mark.parametrize("newer", ["", "[]", "<html>", "{}"])
def test_a_newer_run_without_a_sample_does_not_win(tmp_path: Path, newer: str) -> None:
    put(tmp_path, "samples_gsm8k_2026-01-01T10-00-00.jsonl", [sample(1, 1.0)])
    (tmp_path / "samples_gsm8k_2026-02-01T10-00-00.jsonl").write_text(newer)
    found = ingest_source("lm-eval", str(tmp_path), {}, "run")
    assert (found.quarantined, found.rows["response"]) == ({"empty_file": 1}, 1)


def test_log_likelihoods_are_no_answer_text_but_a_score(tmp_path: Path) -> None:
    asked = {
        "arguments": {f"gen_args_{at}": {"arg_0": "Q: iron?", "arg_1": f" {one}"} for at, one in enumerate("AB")},
        "resps": [[["-1.5", "False"]], [["-0.2", "True"]]],
        "filter": "none",
        "metrics": ["acc", "acc_norm"],
        "acc": 1.0,
        "acc_norm": 0.0,
    }
    put(tmp_path, "samples_arc_easy_2026-01-01T10-00-00.jsonl", [sample(1, 0.0, **asked)])
    ingest_source("lm-eval", str(tmp_path), {}, "run")
    answers = "select text, finish_reason, score from response join score using (response_id)"
    assert read(answers).rows() == [("", "not_recorded", 1.0)]


def test_an_output_folder_without_samples_is_told_how_to_write_them(tmp_path: Path) -> None:
    put(tmp_path, "results_2026-02-01T10-00-00.json", [{"results": {}}])
    with pytest.raises(UserError, match="--log_samples"):
        check_source("lm-eval", str(tmp_path), {})

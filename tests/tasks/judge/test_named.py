"""Benchmarks that a model judges, or that are judged elsewhere: from a row as published to a graded answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from flows.score import score
from profiles.schema import Pool
from tasks.ingest.ingest import ingest_source
from tests.local_openai import LocalOpenAI
from tests.result_tree import record, result
from warehouse.connect import read

GRADED = """
select response.model, score.mode, score.score, score.scorer_version
from score
inner join response using (response_id)
inner join question using (question_id)
where question.dataset = $dataset
order by all
"""


class Judged(NamedTuple):
    """A row as published, what its columns are here, and what a judge replies of a good and of a bad answer."""

    row: dict[str, Any]
    columns: dict[str, str]
    good: str
    bad: str


JUDGED = {
    "hle": Judged(
        {"id": "6a", "question": "Who?", "answer": "Ann Lee", "answer_type": "exactMatch", "category": "Math"},
        {"question_id": "id", "ground_truth": "answer"},
        "extracted: Ann Lee\ncorrect: yes",
        "extracted: Bo\ncorrect: no",
    ),
    "simpleqa": Judged(
        {"problem": "Who?", "answer": "Ann Lee"}, {"question": "problem", "ground_truth": "answer"}, "A", "B"
    ),
    "arenahard": Judged(
        {"uid": "a", "category": "hard_prompt", "prompt": "Who?", "baseline": "Some."},
        {"question": "prompt", "question_id": "uid", "ground_truth": "baseline"},
        "verdict: [[A>>B]]",
        "verdict: [[B>>A]]",
    ),
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_sample_is_graded_by_its_judge(
    name: str, home: Path, tmp_path: Path, http_pool: Callable[..., Pool], server: LocalOpenAI
) -> None:
    sample = JUDGED[name]

    def reply(body: dict[str, Any]) -> str:
        asked = body["messages"][-1]["content"]
        swapped = "Answer B:\nA good one." in asked or "Answer B:\nA bad one." in asked
        return sample.good if ("A good one." in asked) != swapped else sample.bad

    server.says = reply
    (own := home / "profiles" / "datasets").mkdir(parents=True)
    (own / f"{name}.yaml").write_text(json.dumps({"match": name, "scorer": name, "scorer_options": {"model": "m"}}))
    (home / "pool.yaml").write_text(yaml.safe_dump(http_pool("m", max_tokens=9).model_dump(exclude={"name"})))
    run = {"title": "t", "source": "questions", "datasets": [name], "pool": str(home / "pool.yaml"), "budget_usd": 1.0}
    (home / "run.yaml").write_text(yaml.safe_dump(run))
    (tmp_path / f"{name}.jsonl").write_text(json.dumps(sample.row))
    ingest_source("questions", str(tmp_path / f"{name}.jsonl"), {"columns": sample.columns}, "run-1")
    key, text = read("select source_key, text from question").row(0)
    answers = [
        {"dataset": name, "question_id": key, "question": text, "model": model, "response": f"A {model} one."}
        for model in ("good", "bad")
    ]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, answers)))
    ingest_source("recorded", str(tmp_path / "answers.jsonl"), {}, "run-2")
    score(profile=str(home / "run.yaml"))
    found = read(GRADED, {"dataset": name}).rows()
    assert [(model, mode, value) for model, mode, value, _ in found] == [("bad", "fixed", 0.0), ("good", "fixed", 1.0)]
    assert all(version.endswith("/m") for *_, version in found)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("name", "variant"), [("swe-bench", "verified"), ("tau2", "test")])
def test_scores_of_what_is_judged_elsewhere_are_imported(name: str, variant: str, tmp_path: Path) -> None:
    records = [record(1, score=1.0), record(2, score=0.0), record(3, score=None)]
    result(tmp_path, name, variant, "gpt-5", records)
    ingest_source("llmrouterbench", str(tmp_path), {}, "run-1")
    found = read(GRADED, {"dataset": name})
    assert found["score"].to_list() == [0.0, 1.0, None], "what is missing is no failure"
    assert set(found["mode"]) == {"recorded"}

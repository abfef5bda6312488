"""What a result tree says of an answer's costs, tokens and failure; unknown is null."""

from pathlib import Path
from typing import Any

import pytest

from tasks.ingest.ingest import Summary, ingest_source
from tests.result_tree import record, result
from warehouse.connect import read

pytestmark = pytest.mark.usefixtures("home")


def ingest(root: Path) -> Summary:
    return ingest_source("llmrouterbench", str(root), {}, "run-1")


def response(model: str = "gpt-5") -> dict[str, Any]:
    (row,) = read("select * from response where model = $model", {"model": model}).to_dicts()
    return row


def test_a_failure_notice_is_never_an_answer_but_its_verdict_stays(tmp_path: Path) -> None:
    notice = "Failed to get a response after 10 retries: connection error"
    free = {"prompt_tokens": 0, "completion_tokens": 0, "cost": 0.0}
    result(tmp_path, model="failed", records=[record(1, raw_output=notice, score=0.0, **free)])
    result(tmp_path, model="answered", records=[record(1, raw_output=notice)])
    summary = ingest(tmp_path)
    assert summary.quarantined == {"generation_failure": 1}
    failed = response("failed")
    assert (failed["text"], failed["finish_reason"], failed["cost_usd"], failed["prompt_tokens"]) == (
        "",
        "error",
        None,
        None,
    )
    assert response("answered")["text"] == notice
    scores = read("select model, score.score from response join score using (response_id)").iter_rows()
    assert dict(scores) == {"failed": 0.0, "answered": 1.0}


@pytest.mark.parametrize(
    ("model", "cost", "wanted"),
    [
        ("glm-4-9b-chat", 0.0, 0.0),  # listed at 0
        ("gpt-5", 0.0, None),  # not free: 0 means that nobody counted
        ("somebody-else", 0.0, None),
        ("gpt-5", 0.5, 0.5),
        ("gpt-5", None, None),
        ("gpt-5", ..., None),
        ("gpt-5", -1.0, None),
        ("gpt-5", 1e300, None),
    ],
)
def test_a_cost_of_nothing_is_unknown_unless_the_model_is_free(
    tmp_path: Path, model: str, cost: Any, wanted: float | None
) -> None:
    result(tmp_path, model=model, records=[record(1, cost=cost)])
    summary = ingest(tmp_path)
    assert response(model)["cost_usd"] == wanted
    assert response(model)["cost_source"] == (None if wanted is None else "recorded")
    assert summary.notes["unknown_cost"] == (wanted is None)


def test_tokens_that_were_not_counted_are_unknown(tmp_path: Path) -> None:
    result(tmp_path, records=[record(1, prompt_tokens=None, completion_tokens=0)])
    summary = ingest(tmp_path)
    assert (response()["prompt_tokens"], response()["completion_tokens"]) == (None, None)
    assert summary.notes["unknown_tokens"] == 1


def test_tokens_that_are_not_whole_are_unknown_and_counted(tmp_path: Path) -> None:
    result(tmp_path, records=[record(1, prompt_tokens=12.5)])
    notes = ingest(tmp_path).notes
    assert (notes["odd_number"], notes["unknown_tokens"]) == (1, 1)
    assert (response()["prompt_tokens"], response()["completion_tokens"]) == (None, 34)

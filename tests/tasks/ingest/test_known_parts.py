"""An answer's text in one file, its score in another: whichever comes first, nothing is lost."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.ingest.ingest import ingest_source
from warehouse.connect import read
from warehouse.writer import write

pytestmark = pytest.mark.usefixtures("home")

CELL = {"dataset": "d", "question_id": "1", "question": "2+2?", "model": "m"}
TEXT = {"response": "It is 4.", "completion_tokens": 7, "cost_usd": 0.5, "finish_reason": "stop"}
ANSWERS = (
    "select text, completion_tokens, cost_usd, finish_reason, score from response left join score using (response_id)"
)


def ingest(path: Path, *rows: dict[str, Any]) -> int:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(json.dumps(CELL | row) for row in rows))
    return ingest_source("recorded", str(path), {}, "run-1").notes["joined_parts"]


@pytest.mark.parametrize("parts", [[TEXT, {"score": 1}], [{"score": 1}, TEXT], [TEXT | {"score": 0}, {"score": 1}]])
def test_both_parts_stay(tmp_path: Path, parts: list[dict[str, Any]]) -> None:
    told = [ingest(tmp_path / f"{place}.jsonl", part) for place, part in enumerate(parts)]
    assert told == [0, 1]
    assert read(ANSWERS).rows() == [("It is 4.", 7, 0.5, "stop", 1.0)]


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_files_of_one_folder_are_joined_alike(tmp_path: Path, names: tuple[str, str]) -> None:
    for name, part in zip(names, [TEXT, {"score": 1}], strict=True):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(CELL | part))
    assert ingest_source("recorded", str(tmp_path), {}, "run-1").notes["joined_parts"] > 0
    assert read(ANSWERS).rows() == [("It is 4.", 7, 0.5, "stop", 1.0)]


def test_an_answer_of_two_files_is_told(tmp_path: Path) -> None:
    for name, text in (("a", "It is 4."), ("b", "It is 5.")):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(CELL | {"response": text, "score": 0}))
    assert ingest_source("recorded", str(tmp_path), {}, "run-1").notes["replaced_answer"] == 1
    assert read(ANSWERS).rows() == [("It is 5.", None, None, None, 0.0)]


def test_another_text_has_no_verdict_of_the_one_before(tmp_path: Path) -> None:
    ingest(tmp_path / "a.jsonl", TEXT | {"score": 1})
    assert ingest(tmp_path / "b.jsonl", {"response": "It is 5."}) == 0
    assert read(ANSWERS).rows() == [("It is 5.", None, None, None, None)]
    assert ingest(tmp_path / "c.jsonl", {"response": "It is 4.", "score": 0}) == 0
    assert read(ANSWERS).rows() == [("It is 4.", None, None, None, 0.0)]


def test_what_a_later_file_does_not_tell_of_the_same_text_stays_known(tmp_path: Path) -> None:
    ingest(tmp_path / "a.jsonl", TEXT | {"score": 0, "latency_s": 2.0})
    ingest(tmp_path / "b.jsonl", {"response": "It is 4.", "score": 1})
    assert read(ANSWERS).rows() == [("It is 4.", 7, 0.5, "stop", 1.0)]
    assert read("select token_source, cost_source, latency_s from response").rows() == [("recorded", "recorded", 2.0)]
    ingest(tmp_path / "c.jsonl", {"response": "It is 4.", "score": 1, "completion_tokens": 9, "cost_usd": None})
    assert read(ANSWERS).rows() == [("It is 4.", 9, 0.5, "stop", 1.0)]


def test_answers_that_files_share_are_counted_at_each_ingest_of_a_run(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        for name, text in (("a", "4"), ("b", "5")):
            (tmp_path / folder).mkdir(exist_ok=True)
            row = CELL | {"response": text, "score": 0, "question_id": folder}
            (tmp_path / folder / f"{name}.jsonl").write_text(json.dumps(row))
        summary = ingest_source("recorded", str(tmp_path / folder), {}, "run-1")
        assert summary.notes["replaced_answer"] == 1


def test_an_answer_that_was_also_replayed_is_filled_from_its_own_row(tmp_path: Path) -> None:
    ingest(tmp_path / "a.jsonl", TEXT)
    own = read("select * from response")
    write("response", own.with_columns(source=pl.lit("replay"), request_key=pl.lit("key"), cost_usd=pl.lit(9.0)))
    ingest(tmp_path / "b.jsonl", {"response": "It is 4."})
    assert sorted(read("select source, cost_usd from response").rows()) == [("imported", 0.5), ("replay", 9.0)]

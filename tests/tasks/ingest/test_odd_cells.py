"""Cells of recorded answers and questions that are odd, but mean something."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.ingest.ingest import Summary, ingest_source
from warehouse.connect import read
from warehouse.errors import UserError

pytestmark = pytest.mark.usefixtures("home")

ROW = {"dataset": "d", "question_id": "1", "question": "2+2?", "model": "m", "response": "4", "score": 1}


def ingest(path: Path, *rows: dict[str, Any], source: str = "recorded") -> Summary:
    path.write_text("\n".join(map(json.dumps, rows)))
    return ingest_source(source, str(path), {}, "run-1")


def test_what_python_takes_for_json_is_metadata_and_what_nobody_can_write_costs_its_row(tmp_path: Path) -> None:
    given = ['{"a": "\\ud800"}', '\ufeff{"a": 1e400}', '{"a": Infinity}', '{"a": ' + "[" * 900 + "]" * 900 + "}"]
    rows = [ROW | {"question_id": place, "metadata": text} for place, text in enumerate(given)]
    assert ingest(tmp_path / "a.jsonl", *rows).quarantined == {"bad_metadata": 1}
    assert read("select metadata from question order by source_key")["metadata"].to_list() == ['{"a":"?"}', None, None]


@pytest.mark.parametrize("later", [{"topic": None}, {"people": {"a": None}}, {"people": None, "topic": None}])
def test_a_null_takes_nothing_away_that_is_known(tmp_path: Path, later: dict[str, Any]) -> None:
    known = {"topic": "sums", "people": {"a": 1}}
    ingest(tmp_path / "a.jsonl", ROW | {"metadata": known}, source="questions")
    ingest(tmp_path / "b.jsonl", ROW | {"metadata": later})
    assert json.loads(read("select metadata from question").item()) == known


def test_a_split_written_as_a_number_is_the_same_split(tmp_path: Path) -> None:
    rows = [ROW | {"model": model, "split": split} for model, split in zip("abc", (1, "1", 1.0), strict=True)]
    assert not ingest(tmp_path / "a.jsonl", *rows).quarantined
    assert read("select dataset, variant, source_key from question").rows() == [("d", "1", "1")]


def test_our_own_word_for_no_text_is_no_finish_reason(tmp_path: Path) -> None:
    ingest(tmp_path / "a.jsonl", ROW | {"finish_reason": "not_recorded"})
    ingest(tmp_path / "b.jsonl", ROW | {"response": None, "score": 0, "finish_reason": "not_recorded"})
    found = read("select text, finish_reason, score from response join score using (response_id)").rows()
    assert found == [("4", None, 0.0)]


def test_a_sentinel_is_no_mean_log_probability(tmp_path: Path) -> None:
    given = [-0.5, 1e-5, -9999, "-inf", 0.7, None]
    rows = [ROW | {"question_id": place, "mean_logprob": value} for place, value in enumerate(given)]
    assert ingest(tmp_path / "a.jsonl", *rows).notes["odd_number"] == 3
    found = read("select mean_logprob from response join question using (question_id) order by source_key")
    assert found["mean_logprob"].to_list() == [-0.5, 0.0, None, None, None, None]


@pytest.mark.parametrize("form", ["jsonl", "json", "parquet"])
def test_a_mark_before_the_first_columns_name_is_no_part_of_it(tmp_path: Path, form: str) -> None:
    row = {f"\ufeff{name}" if name == "dataset" else name: value for name, value in ROW.items()}
    path = tmp_path / f"rows.{form}"
    if form == "parquet":
        pl.DataFrame([row]).write_parquet(path)
    else:
        path.write_text(json.dumps([row] if form == "json" else row))
    assert not ingest_source("recorded", str(path), {}, "run-1").quarantined
    assert read("select dataset from question").item() == "d"


def test_what_came_before_the_end_of_a_file_cut_off_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([ROW, ROW | {"question_id": "2"}])[:-9])
    assert ingest_source("recorded", str(tmp_path / "a.json"), {}, "run-1").quarantined == {"unparsable_file": 1}
    assert read("select source_key from question").item() == "1"


@pytest.mark.parametrize("form", ["jsonl", "parquet", "csv"])
def test_tokens_that_are_not_whole_are_no_count(tmp_path: Path, form: str) -> None:
    rows = pl.DataFrame([ROW | {"question_id": str(place), "prompt_tokens": n} for place, n in enumerate([7.0, 0.5])])
    path = tmp_path / f"a.{form}"
    {"jsonl": rows.write_ndjson, "parquet": rows.write_parquet, "csv": rows.write_csv}[form](path)
    assert ingest_source("recorded", str(path), {}, "run-1").notes["odd_number"] == 1
    found = read("select prompt_tokens from response join question using (question_id) order by source_key")
    assert found["prompt_tokens"].to_list() == [7, None]


def test_a_column_that_comes_late_in_a_file_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [ROW | {"question_id": place} for place in range(8200)]
    path.write_text("\n".join(map(json.dumps, [*rows, ROW | {"question_id": "last", "tok": 7}])))
    ingest_source("recorded", str(path), {"columns": {"prompt_tokens": "tok"}}, "run-1")
    assert read("select count(*), sum(prompt_tokens) from response").rows() == [(8201, 7)]
    with pytest.raises(UserError, match="has no column 'token'"):
        ingest_source("recorded", str(path), {"columns": {"prompt_tokens": "token"}}, "run-1")


def test_files_further_down_are_named(tmp_path: Path) -> None:
    inner = tmp_path / "more" / "2026"
    inner.mkdir(parents=True)
    (tmp_path / "notes").mkdir()
    (inner / "b.jsonl").write_text(json.dumps(ROW | {"question_id": "2"}))
    with pytest.raises(UserError, match=f"those of the folder {tmp_path / 'more'} are taken where it is given"):
        ingest_source("recorded", str(tmp_path), {}, "run-1")
    assert ingest(tmp_path / "a.jsonl", ROW).quarantined == {}
    assert ingest_source("recorded", str(tmp_path), {}, "run-1").quarantined == {"inner_folder": 1}
    assert read("select row_key from quarantine").rows() == [(str(tmp_path / "more"),)]


@pytest.mark.parametrize("form", ["jsonl", "parquet", "csv"])
def test_a_column_that_is_only_called_like_ours_is_named(tmp_path: Path, form: str) -> None:
    told = {"Response": "response", "is_correct": "score", "COST_USD": "cost_usd", "prompt_tokens": "prompt_tokens"}
    row = {"Response": "4", "is_correct": 1, "COST_USD": 0.5, "prompt_tokens": 7, "input_tokens": 9, "question_id": "1"}
    rows = pl.DataFrame([{name: ROW[name] for name in ("dataset", "question", "model")} | {"score": 1} | row])
    path = tmp_path / f"a.{form}"
    {"jsonl": rows.write_ndjson, "parquet": rows.write_parquet, "csv": rows.write_csv}[form](path)
    assert ingest_source("recorded", str(path), {}, "run-1").quarantined == {"unread_column": 2}
    assert "--column.cost_usd COST_USD" in " ".join(read("select detail from quarantine")["detail"])
    columns = {ours: theirs for theirs, ours in told.items()}
    assert not ingest_source("recorded", str(path), {"columns": columns}, "run-1").quarantined
    assert read("select text, cost_usd, prompt_tokens from response").rows() == [("4", 0.5, 7)]

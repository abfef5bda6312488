"""One odd value costs itself or its row, one odd file itself; in every format, by a named reason."""

import csv
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.ingest.ingest import Summary, ingest_source
from tests.result_tree import record, result
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.settings import settings

pytestmark = pytest.mark.usefixtures("home")

CASES = Path(__file__).parents[4] / "shared" / "cases" / "ingest"
ROW = {"dataset": "d", "question_id": "1", "question": "2+2?", "model": "m", "response": "4", "score": 1}
CELLS = (
    "select source_key, r.text, prompt_tokens, cost_usd, score from response as r join question using (question_id) "
    "left join score using (response_id) order by source_key, model"
)


def case(name: str) -> Path:
    if not (CASES / name).exists():
        pytest.skip(f"the shared cases are not at {CASES}")
    return CASES / name


def ingest(path: Path, source: str = "recorded", **options: Any) -> Summary:
    return ingest_source(source, str(path), options, "run-1")


def jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def written(folder: Path, form: str, rows: list[dict[str, Any]]) -> Path:
    path = folder / f"rows.{form}"
    if form == "jsonl":
        return jsonl(path, *rows)
    if form == "parquet":
        pl.DataFrame(rows, strict=False).write_parquet(path)
        return path
    with path.open("w", newline="", encoding="utf-8-sig") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_cases_are_right() -> None:
    assert not ingest(case("bom.jsonl")).quarantined
    assert read("select count(*) from response").item() == 2
    assert ingest(case("ids.jsonl")).quarantined == {"text_clash": 2}
    assert ingest(case("uint64.jsonl")).quarantined == {"huge_number": 1}
    assert ingest(case("meta.jsonl"), "questions").quarantined == {"bad_metadata": 1}


def test_a_number_that_is_none_costs_itself_and_is_counted() -> None:
    summary = ingest(case("nan.jsonl"))
    assert summary.notes["odd_number"] == 3
    scores = {key: score for key, *_, score in read(CELLS).rows()}
    assert (scores["q6"], scores["q7"], scores["q8"]) == (1.0, 1.0, 0.0)
    assert (scores["q2"], scores["q10"], scores["q11"]) == (None, None, None)
    assert [row[3] for row in read(CELLS).rows() if row[0] == "q4"] == [None]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_every_format_takes_the_same(tmp_path: Path, form: str) -> None:
    rows = [
        ROW | {"prompt_tokens": 5.0, "cost_usd": float("nan"), "metadata": '{"a": 1}'},
        ROW | {"question_id": "2", "prompt_tokens": 2.0**64, "cost_usd": 0.5, "metadata": None},
        ROW | {"question_id": "3", "prompt_tokens": 7.0, "cost_usd": float("inf"), "metadata": "{not json"},
        ROW | {"question_id": "4", "prompt_tokens": -7.0, "cost_usd": 0.5, "metadata": "[1]"},
        ROW | {"question_id": "5.0", "prompt_tokens": -7.0, "cost_usd": 0.5, "metadata": " "},
        ROW | {"question_id": "6", "prompt_tokens": 7.0, "cost_usd": 1e300, "metadata": '{"a": NaN}'},
    ]
    summary = ingest(written(tmp_path, form, rows))
    assert summary.quarantined == {"huge_number": 1, "bad_metadata": 2}
    assert read(CELLS).rows() == [("1", "4", 5, None, 1.0), ("5", "4", None, 0.5, 1.0), ("6", "4", 7, None, 1.0)]
    assert summary.notes["odd_number"] == 6


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_files_that_were_put_together_are_read_on(tmp_path: Path, form: str) -> None:
    first = written(tmp_path, form, [ROW]).read_bytes().removeprefix(b"\xef\xbb\xbf")
    second = written(tmp_path, form, [ROW | {"question_id": "2"}]).read_bytes().removeprefix(b"\xef\xbb\xbf")
    mark = b"\xef\xbb\xbf"
    (tmp_path / f"rows.{form}").write_bytes(mark + mark + first + b"\n" + mark + second + b"\n" + mark)
    assert not ingest(tmp_path / f"rows.{form}").quarantined
    assert [row[0] for row in read(CELLS).rows()] == ["1", "2"]


def test_white_space_around_a_name_is_no_part_of_it(tmp_path: Path) -> None:
    rows = [ROW, ROW | {"question_id": "2", "dataset": " d", "model": "m ", "split": " "}]
    path = jsonl(tmp_path / "rows.jsonl", *rows, ROW | {"question_id": "3", "dataset": " "})
    assert ingest(path, datasets=["d"]).quarantined == {}
    assert ingest(path).quarantined == {"missing_dataset": 1}
    assert read("select distinct dataset, variant, model from response join question using (question_id)").rows() == [
        ("d", "", "m")
    ]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_blank_truth_is_none_and_takes_no_other_away(tmp_path: Path, form: str) -> None:
    row = {"dataset": "d", "question_id": "1", "question": "2+2?"}
    ingest(jsonl(tmp_path / "first.jsonl", row | {"ground_truth": "4"}), "questions")
    rows = [row | {"ground_truth": " "}, row | {"question_id": "2", "ground_truth": ""}]
    assert not ingest(written(tmp_path, form, rows), "questions").quarantined
    assert read("select source_key, ground_truth from question order by all").rows() == [("1", "4"), ("2", None)]


def test_a_name_that_pandas_left_out_is_none(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pl.DataFrame([ROW | {"model": float("nan")}]).write_parquet(path)
    with pytest.raises(UserError, match="missing_model"):
        ingest(path)


def test_one_bad_cell_of_fifty_does_not_poison_the_home(tmp_path: Path) -> None:
    rows = [ROW | {"question_id": str(i), "metadata": "{not json" if i == 7 else "{}"} for i in range(50)]
    assert ingest(jsonl(tmp_path / "rows.jsonl", *rows)).quarantined == {"bad_metadata": 1}
    assert read("select count(*) from question").item() == 49
    assert list(settings().landing.rglob("*.parquet")) == []
    mended = [row | {"metadata": "{}"} for row in rows]
    assert not ingest(jsonl(tmp_path / "rows.jsonl", *mended)).quarantined
    assert read("select count(*) from response join question using (question_id)").item() == 50


def test_what_the_warehouse_does_not_take_is_set_aside_and_comes_in_once_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = jsonl(tmp_path / "rows.jsonl", ROW)
    with monkeypatch.context() as broken:
        broken.setattr("tasks.ingest.land.settle", lambda new, _: (new.with_columns(metadata=pl.lit("{no json")), []))
        with pytest.raises(UserError, match=r"does not fit table question.*ingest its source again"):
            ingest(path)
    assert read("select count(*) from response").item() == 0
    other = jsonl(tmp_path / "other.jsonl", ROW | {"dataset": "other"})
    assert ingest(other).rows["response"] == 1
    summary = ingest(path)
    assert (summary.unchanged, summary.rows["response"]) == (0, 1)


def test_truth_options_and_tests_stay_when_a_later_file_lacks_them(tmp_path: Path) -> None:
    asked = {"dataset": "d", "question_id": 1, "question": "2+2?", "ground_truth": "4", "tests": ["assert f() == 4"]}
    ingest(jsonl(tmp_path / "asked.jsonl", asked), "questions")
    ingest(jsonl(tmp_path / "answers.jsonl", ROW))
    truth, metadata = read("select ground_truth, metadata from question").row(0)
    assert (truth, json.loads(metadata)) == ("4", {"tests": ["assert f() == 4"]})


def test_a_key_with_another_text_in_a_later_file_is_refused(tmp_path: Path) -> None:
    ingest(jsonl(tmp_path / "asked.jsonl", ROW), "questions")
    rows = [ROW | {"question": "3+3?"}, ROW | {"question_id": "2"}]
    assert ingest(jsonl(tmp_path / "answers.jsonl", *rows)).quarantined == {"text_clash": 1}
    assert read("select source_key, question.text from question order by all").rows() == [("1", "2+2?"), ("2", "2+2?")]


def test_a_question_that_nobody_answered_may_be_reworded(tmp_path: Path) -> None:
    ingest(jsonl(tmp_path / "asked.jsonl", ROW), "questions")
    assert not ingest(jsonl(tmp_path / "asked.jsonl", ROW | {"question": "What is 2+2?"}), "questions").quarantined
    assert read("select text from question").item() == "What is 2+2?"


@pytest.mark.parametrize("records", [[], [None], [record(1, origin_query="", prompt=" ", score=None, raw_output=None)]])
def test_a_newer_file_without_answers_does_not_win(tmp_path: Path, records: list[Any]) -> None:
    result(tmp_path, records=2, stamp="20250101_000000")
    result(tmp_path, records=records, stamp="20250601_000000")
    summary = ingest(tmp_path, "llmrouterbench")
    assert (summary.quarantined, summary.rows["response"], summary.unread) == ({"empty_file": 1}, 2, {})


def test_a_tree_with_odd_numbers_keeps_its_answers(tmp_path: Path) -> None:
    odd = [record(1, prompt_tokens=float("nan")), record(2, prompt_tokens=2**80), record(3, score=True)]
    path = result(tmp_path, records=odd)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    summary = ingest(tmp_path, "llmrouterbench")
    assert (summary.quarantined, summary.notes["odd_number"]) == ({"huge_number": 1}, 1)
    assert [row[-1] for row in read(CELLS).rows()] == [1.0, 1.0]


@pytest.mark.parametrize("form", ["object", "array", "lines"])
def test_one_bad_item_of_a_bank_costs_itself(tmp_path: Path, form: str) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    items = [
        '{"question": "a", "src_question_id": 1, "src": "d", "model_res": {"m": {"is_correct": NaN}}}',
        '{"question": "b", "src_question_id": 2, "src": "d", "model_res": {"m": {"is_correct": true}}, "x": NaN}',
        '{"question": "c", "src_question_id": 3, "src": "d", "x": ' + deep + "}",
        '{"question": "e", "src_question_id": 4.0, "src": "d", "model_res": {"m": {"is_correct": 1}}}',
    ]
    text = {
        "object": "{" + ", ".join(f'"{i}": {item}' for i, item in enumerate(items)) + "}",
        "array": "\ufeff[" + ",".join(items) + "]",
        "lines": "\n".join(items),
    }[form]
    (tmp_path / "bank.json").write_text(text)
    summary = ingest(tmp_path / "bank.json", "smcs-bank")
    assert summary.quarantined == {"bad_label": 1, "unparsable_line" if form == "lines" else "malformed_record": 1}
    assert read("select source_key from question join label using (question_id) order by all").rows() == [
        ("2",),
        ("4",),
    ]


def test_columns_of_any_parquet_type(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "dataset": pl.Series(["d", "d", "d"], dtype=pl.Categorical),
            "question_id": pl.Series([1.0, 2.0, 3.0]),
            "question": [b"one", b"\xff\xfe", b"three"],
            "model": ["m"] * 3,
            "response": [["a"], ["b"], None],
            "score": [True, False, True],
            "latency_s": [timedelta(milliseconds=1500)] * 3,
            "cost_usd": pl.Series(["0.5", "1", "2"]).cast(pl.Decimal(10, 2)),
            "completion_tokens": pl.Series([1, 2, 2**64 - 1], dtype=pl.UInt64),
            "metadata": [{"level": 1}, {"level": 2}, {"level": 3}],
            "ground_truth": [float("nan")] * 3,
        }
    )
    frame.write_parquet(tmp_path / "rows.parquet")
    summary = ingest(tmp_path / "rows.parquet")
    assert summary.quarantined == {"undecodable_text": 1, "huge_number": 1}
    columns = "source_key, q.text, r.text, latency_s, cost_usd, q.metadata, ground_truth"
    found = read(f"select {columns} from response as r join question as q using (question_id)").rows()
    assert found == [("1", "one", '["a"]', 1.5, 0.5, '{"level":1}', None)]


def test_a_stray_quote_costs_its_row_not_the_rest(tmp_path: Path) -> None:
    lines = [
        "question_id;question;model;response;score",
        '1;"one;m;a;1',
        "2;two;m;b;1",
        '3;three;m;"c\nd";1',
        '4;four;m;"e;1',
    ]
    (tmp_path / "rows.csv").write_text("\r\n".join([*lines, "5;five;m;f;0", ""]))
    summary = ingest(tmp_path / "rows.csv")
    assert summary.quarantined == {"ragged_line": 2}
    assert [(row[0], row[1]) for row in read(CELLS).rows()] == [("2", "b"), ("3", "c\nd"), ("5", "f")]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "question,model\né,m".encode("utf-16"), "UTF-16"),
        ("a.jsonl", b"\x1f\x8b\x08 anything", "gzip"),
        ("a.csv", b"question,question,model\na,b,m\n", "'question' twice"),
        ("a.csv", b"", "no rows"),
        ("a.csv", b" \n\n", "no rows"),
        ("a.csv", b"PAR1 nothing PAR1", "it is Parquet"),
        ("a.jsonl", b"\n\n", "no rows"),
        ("a.csv", b"question,model,score\n", "no rows"),
        ("a.jsonl", b'{"question": ', "unparsable_line 1"),
        ("a.parquet", b"PAR1 nothing PAR1", "cannot read"),
        ("a.csv", b"question,model,score\n\xe9,m,1\n", "undecodable_text 1"),
        ("a.jsonl", b'{"question": "q"}', "has no column 'model'"),
    ],
)
def test_a_file_of_which_nothing_can_be_taken_is_named_and_the_others_go_in(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=sentence) as alone:
        ingest(tmp_path / name)
    assert name in str(alone.value)
    jsonl(tmp_path / "good.jsonl", ROW)
    summary = ingest(tmp_path)
    assert summary.rows["response"] == 1
    assert sentence in (summary.complaint() or "")


def test_what_is_called_like_a_file_and_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "packed.csv.gz").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "gone.parquet").symlink_to(tmp_path / "nowhere")
    named = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl"))
    named.write_text(json.dumps({"question": "q", "model": "m", "response": "a", "score": 1}))
    jsonl(tmp_path / "good.jsonl", ROW)
    summary = ingest(tmp_path)
    assert summary.quarantined == {"not_a_file": 3, "packed_file": 1}
    assert "packed.csv.gz: it is packed; unpack it" in (summary.complaint() or "")
    assert set(read("select dataset from dataset").to_series()) == {"d", "caf\\xe9"}
    for odd in (tmp_path / "pipe.jsonl", Path("/dev/null")):
        with pytest.raises(UserError, match="no file but a pipe, device or socket"):
            ingest(odd)

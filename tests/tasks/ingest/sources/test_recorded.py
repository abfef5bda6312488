import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.ingest.ingest import Summary, ingest_source
from warehouse.connect import read
from warehouse.errors import UserError

pytestmark = pytest.mark.usefixtures("home")

ROW: dict[str, Any] = {
    "dataset": "trivia",
    "split": "test",
    "question_id": "1",
    "question": "Which sea?",
    "prompt": None,
    "ground_truth": "North",
    "model": "a",
    "response": "The North Sea.",
    "score": 1.0,
    "prompt_tokens": 5,
    "completion_tokens": 4,
    "cost_usd": 0.5,
    "latency_s": 1.25,
    "source_repo": "o/r",
}
SCHEMA = {"prompt": pl.String, "response": pl.String, "score": pl.Float64, "cost_usd": pl.Float64}


def parquet(path: Path, *changes: dict[str, Any]) -> Path:
    """Rows like ROW with these changes."""
    pl.DataFrame([ROW | change for change in changes], schema_overrides=SCHEMA).write_parquet(path)
    return path


def ingest(path: Path, **options: Any) -> Summary:
    return ingest_source("recorded", str(path), options, "run-1")


def answers() -> list[dict[str, Any]]:
    return read(
        "select q.dataset, q.variant, q.source_key, r.*, s.score, s.verdict from response as r "
        "join question as q using (question_id) left join score as s using (response_id) "
        "order by q.variant, q.source_key, r.model, r.sample_index"
    ).to_dicts()


def test_an_answer_arrives_whole(tmp_path: Path) -> None:
    scores = [{"score": 1.0}, {"score": 0.0, "model": "b"}, {"score": 0.25, "model": "c"}]
    summary = ingest(parquet(tmp_path / "rows.parquet", *scores))
    first, *_ = rows = answers()
    assert first["text"] == "The North Sea."
    assert (first["prompt_tokens"], first["completion_tokens"], first["token_source"]) == (5, 4, "recorded")
    assert (first["cost_usd"], first["cost_source"], first["latency_s"]) == (0.5, "recorded", 1.25)
    assert (first["source"], first["purpose"], first["request_key"], first["sample_index"]) == (
        "imported",
        "answer",
        None,
        0,
    )
    assert [row["verdict"] for row in rows] == ["correct", "wrong", "partial"]
    question = read("select * from question").to_dicts()
    assert [(q["text"], q["prompt"], q["ground_truth"]) for q in question] == [("Which sea?", None, "North")]
    assert read("select model from model order by model")["model"].to_list() == ["a", "b", "c"]
    assert summary.counts() | {"quarantined": 0} == summary.counts()


def test_what_is_unknown_stays_unknown(tmp_path: Path) -> None:
    parquet(
        tmp_path / "rows.parquet",
        {"cost_usd": None},
        {"model": "b", "response": None},
        {"model": "c", "response": ""},
        {"model": "d", "response": None, "score": None},
        {"model": "e", "score": None},
        {"model": None},
        {"question": None, "question_id": "2"},
    )
    summary = ingest(tmp_path / "rows.parquet")
    rows = {row["model"]: row for row in answers()}
    assert (rows["a"]["cost_usd"], rows["a"]["cost_source"]) == (
        None,
        None,
    )  # tokens are known, a price invents nothing
    assert (rows["b"]["text"], rows["b"]["finish_reason"], rows["b"]["score"]) == ("", "not_recorded", 1.0)
    assert (rows["c"]["text"], rows["c"]["finish_reason"]) == ("", None)
    assert rows["e"]["score"] is None
    assert set(rows) == {"a", "b", "c", "e"}
    assert summary.quarantined == {"empty_row": 1, "null_score": 1, "missing_model": 1, "missing_text": 1}
    keys = read("select reason, row_key, payload from quarantine where reason = 'empty_row'").rows()
    assert [(reason, key, json.loads(payload)["model"]) for reason, key, payload in keys] == [
        ("empty_row", "row 4", "d")
    ]


def test_scores_without_any_text_are_taken_with_the_key_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("dataset,question_id,model,score\nd,q1,a,1\nd,q1,b,0\nd,q2,a,0.5\n")
    with pytest.raises(
        UserError, match=r"no column 'question'.*question_id stands in .* --column.question question_id"
    ):
        ingest(path)
    summary = ingest(path, columns={"question": "question_id"})
    assert not summary.quarantined
    assert {(row["model"], row["score"]) for row in answers()} == {("a", 1.0), ("b", 0.0), ("a", 0.5)}
    assert read("select text, source_key from question order by text").rows() == [("q1", "q1"), ("q2", "q2")]


def test_the_first_text_and_truth_of_a_question_count(tmp_path: Path) -> None:
    parquet(
        tmp_path / "rows.parquet",
        {"ground_truth": None},
        {"model": "b", "ground_truth": "South"},
        {"model": "c", "ground_truth": "East"},
        {"model": "d", "ground_truth": "East", "question": "Which sea ?"},
        {"model": "a", "response": "again"},
    )
    summary = ingest(tmp_path / "rows.parquet")
    assert summary.quarantined == {"truth_clash": 1, "text_clash": 1, "duplicate_row": 1}
    assert read("select text, ground_truth from question").rows() == [("Which sea?", "South")]
    assert [row["model"] for row in answers()] == ["a", "b", "c"]


def test_splits_are_variants_or_on_demand_samples(tmp_path: Path) -> None:
    runs = [{"split": split, "response": split} for split in ("run2", "run1", "run10")]
    path = parquet(tmp_path / "rows.parquet", *runs)
    ingest(path)
    assert [(row["variant"], row["sample_index"]) for row in answers()] == [("run1", 0), ("run10", 0), ("run2", 0)]
    ingest(path, samples_from_split=True)
    sampled = [(row["sample_index"], row["text"]) for row in answers() if row["variant"] == "samples"]
    assert sampled == [(0, "run1"), (1, "run10"), (2, "run2")]
    assert len({row["question_id"] for row in answers() if row["variant"] == "samples"}) == 1
    parquet(tmp_path / "run0.parquet", {"split": "run0", "response": "run0"})  # samples of all files are counted
    ingest(tmp_path, samples_from_split=True)
    sampled = [(row["sample_index"], row["text"]) for row in answers() if row["variant"] == "samples"]
    assert sampled == [(0, "run0"), (1, "run1"), (2, "run10"), (3, "run2")]


def test_variants_restrict_the_splits(tmp_path: Path) -> None:
    path = parquet(tmp_path / "rows.parquet", {"split": "train"}, {"split": "test", "question_id": "2"})
    ingest(path, variants=["test"])
    assert [row["variant"] for row in answers()] == ["test"]
    with pytest.raises(UserError, match="no dataset has the variant 'dev'; there are trivia: test, train"):
        ingest(path, variants=["dev"])
    parquet(tmp_path / "more.parquet", {"split": "dev", "question_id": "3"})
    ingest(tmp_path, variants=["dev"])  # which one file lacks
    assert [row["variant"] for row in answers()] == ["dev", "test"]


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    lines = [json.dumps(row) for row in rows] + ["", "{not json", "[1]"]
    path.write_text("\n".join(lines))
    return path


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        handle.write("one,two\r\nthree\r\n")
    return path


@pytest.mark.parametrize(
    ("write", "suffix", "reason"), [(write_jsonl, "jsonl", "unparsable_line"), (write_csv, "csv", "ragged_line")]
)
def test_reads_text_formats_with_other_column_names(tmp_path: Path, write: Any, suffix: str, reason: str) -> None:
    rows = [
        {"task": "t", "ask": 'Say "a, b"\nor c', "who": "m1", "said": "a", "right": 1, "key": 7},
        {"task": "t", "ask": 'Say "a, b"\nor c', "who": "m2", "said": None, "right": "0.5", "key": 7},
        {"task": "t", "ask": 'Say "a, b"\nor c', "who": "m3", "said": "b", "right": "yes", "key": 7},
        {"task": "other", "ask": "?", "who": "m1", "said": "a", "right": 1, "key": 8},
    ]
    columns = {
        "dataset": "task",
        "question": "ask",
        "model": "who",
        "response": "said",
        "score": "right",
        "question_id": "key",
    }
    summary = ingest(write(tmp_path / f"rows.{suffix}", rows), columns=columns, datasets=["t"])
    got = [(row["source_key"], row["model"], row["text"], row["finish_reason"], row["score"]) for row in answers()]
    assert got == [("7", "m1", "a", None, 1.0), ("7", "m2", "", "not_recorded", 0.5), ("7", "m3", "b", None, None)]
    assert summary.quarantined == {reason: 2, "bad_score": 1}
    assert summary.others == {"other"}


def test_dataset_and_key_have_defaults_and_scores_may_be_absent(tmp_path: Path) -> None:
    rows = [{"question": text, "model": "m", "response": "x"} for text in ("One?", "Two?", "one?  ")]
    pl.DataFrame(rows).write_parquet(tmp_path / "mine.parquet")
    summary = ingest(tmp_path / "mine.parquet")
    assert summary.quarantined == {"duplicate_row": 1}  # equal but for case and white space
    assert {(row["dataset"], row["variant"]) for row in answers()} == {("mine", "")}
    assert [row["score"] for row in answers()] == [None, None]


def test_options_of_choice_questions_are_read_from_the_text(tmp_path: Path) -> None:
    text = "Pick.\nOptions:\nA. one\nB. two,\nstill two\nC. three"
    parquet(tmp_path / "rows.parquet", {"dataset": "mmlu-pro-law", "question": text}, {"question": text})
    ingest(tmp_path / "rows.parquet")
    found = dict(read("select dataset, metadata from question").iter_rows())
    assert json.loads(found["mmlu-pro-law"]) == {"options": ["one", "two,\nstill two", "three"]}
    assert found["trivia"] is None
    scorers = dict(read("select dataset, scorer from dataset").iter_rows())
    assert scorers == {"mmlu-pro-law": "choice", "trivia": None}


def test_prices_beside_the_file_are_taken_for_its_models(tmp_path: Path) -> None:
    header = "file,model,price_key,input_usd_per_mtok,output_usd_per_mtok,price_source\n"
    lines = "rows,a,x/a,0.5,1.5,list\nrows,b,,,,\nrows,c,,0,0,list\nother,d,x/d,1,2,list\n"
    (tmp_path / "model_prices.csv").write_text(header + lines)
    ingest(parquet(tmp_path / "rows.parquet", {}))
    prices = read("select model, input_usd_per_mtok, output_usd_per_mtok, source from price order by model").rows()
    assert prices == [("a", 0.5, 1.5, "list (x/a)"), ("c", 0.0, 0.0, "list")]


def test_says_which_column_is_missing_or_unknown(tmp_path: Path) -> None:
    path = parquet(tmp_path / "rows.parquet", {})
    with pytest.raises(UserError, match=r"has no column 'who'; it has .*source_repo"):
        ingest(path, columns={"model": "who"})
    with pytest.raises(UserError, match="'modle' is none of our columns"):
        ingest(path, columns={"modle": "model"})
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(UserError, match="cannot read"):
        ingest(tmp_path / "broken.parquet")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(UserError, match="no Parquet, JSONL or CSV file"):
        ingest(tmp_path / "notes.txt")


@pytest.mark.recorded
def test_zeroeval_arrives_as_its_readme_says(recorded: Path) -> None:
    summary = ingest(recorded / "zeroeval.parquet", datasets=["numersense-v2", "math-*"])
    assert not summary.quarantined
    counts = read(
        "select dataset, count(distinct question_id), count(distinct model), count(*) from response "
        "join question using (question_id) group by dataset order by dataset"
    ).rows()
    assert counts == [("math-level5", 546, 43, 23_246), ("numersense-v2", 380, 9, 3_420)]
    best = read(
        "select avg(score) from score join response using (response_id) join question using (question_id) "
        "where dataset = 'numersense-v2' and model = 'gpt-4o-2024-05-13'"
    ).item()
    assert round(best, 3) == 0.989
    assert summary.notes["missing_cell"] > 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "\n \nquestion;model;response;finish_reason;score\n\n2+2?;m;4;;1\n ;m;4;;1\n"),
        ("a.tsv", "question\tmodel\tresponse\tscore\n2+2?\tm\t4\t1\n \tm\t4\t1\n"),
        (
            "a.json",
            json.dumps(
                [{"question": "2+2?", "model": "m", "response": "4"}, {"question": " ", "model": "m", "response": "4"}],
                indent=1,
            ),
        ),
    ],
)
def test_other_layouts_of_a_table_are_read(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert ingest(tmp_path / name).quarantined == {"missing_text": 1}
    assert read("select text, finish_reason from response").rows() == [("4", None)]

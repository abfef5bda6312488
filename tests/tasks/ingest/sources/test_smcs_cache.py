"""Results of single models, merged into a union bank."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.ingest.ingest import check_source, ingest_source
from warehouse.connect import read
from warehouse.errors import UserError

pytestmark = pytest.mark.usefixtures("home")
LABELS = "select model, source_key, label from label join question using (question_id) order by all"


def results(*numbers: int, **given: Any) -> list[dict[str, Any]]:
    return [{"question_id": n, "question": f"What is {n}?", "is_correct": n % 2 == 0} | given for n in numbers]


def put(path: Path, records: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(records))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for model in ("a", "b"):
        put(tmp_path / "aime" / model / "result.json", results(1, 2))
    return tmp_path / "aime"


def ingest(folder: Path, **options: Any):
    return ingest_source("smcs-cache", str(folder), options, "run")


def test_models_are_merged_question_by_question(folder: Path) -> None:
    found = ingest(folder)
    assert (found.rows["question"], found.rows["label"], found.rows["response"]) == (2, 4, 0)
    assert read(LABELS).rows() == [("a", "1", 0), ("a", "2", 1), ("b", "1", 0), ("b", "2", 1)]
    assert read("select distinct dataset, variant from question").rows() == [("aime", "")]


def test_every_layout_and_form_names_dataset_and_subject(tmp_path: Path) -> None:
    root = tmp_path / "cache_8k"
    put(root / "one.json", [{**results(1)[0], "src": "MMLU-Pro", "src_subject": "Law"}, results(2)[0]])
    put(root / "m" / "GPQA.json", results(1))
    put(root / "m" / "math_result.json", results(1))
    put(root / "m" / "ifeval_result.json", results(1))
    put(root / "m" / "MMLU-Pro" / "computer_science_result.json", results(1))
    put(root / "m" / "MBPP" / "answers.json", results(1))
    (root / "m" / "medmcqa.jsonl").write_text("\n".join(map(json.dumps, results(1))))
    (root / "m" / "livecodebench.json").write_text(json.dumps({"0": results(1)[0]}))
    ingest(root, allow_partial=True)
    named = "select model, dataset from label join question using (question_id) order by all"
    assert read(named).rows() == [
        *[
            ("m", name)
            for name in sorted(
                [
                    "gpqa",
                    "mmlu-pro-math",
                    "ifeval",
                    "mmlu-pro-computer-science",
                    "mbpp",
                    "medmcqa",
                    "livecodebench",
                ]
            )
        ],
        ("one", "cache-8k"),
        ("one", "mmlu-pro-law"),
    ]


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ({"is_correct": " Yes "}, 1),
        ({"is_correct": "1"}, 1),
        ({"is_correct": "FALSE"}, 0),
        ({"is_correct": 0.5}, 0.5),
        ({"is_correct": True, "pred": "A", "answer": "B"}, 1),
        ({"is_correct": None, "pred": "A", "answer": "A"}, 1),
        ({"is_correct": None, "pred": "7", "answer": 7}, 1),
        ({"is_correct": None, "pred": "A", "answer": "B"}, 0),
    ],
)
def test_correctness_is_stated_or_compared(tmp_path: Path, given: dict[str, Any], label: float) -> None:
    put(tmp_path / "c" / "m.json", results(1, **given))
    ingest(tmp_path / "c")
    assert read("select label from label").item() == label


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"is_correct": None}, "empty_row"),
        ({"is_correct": None, "pred": None, "answer": "A"}, "empty_row"),
        ({"is_correct": "perhaps"}, "bad_label"),
        ({"question": ""}, "missing_text"),
        ({"question_id": None}, "missing_key"),
    ],
)
def test_a_record_that_says_nothing_is_not_wrong(tmp_path: Path, given: dict[str, Any], reason: str) -> None:
    put(tmp_path / "c" / "m.json", results(1, **given) + results(2))
    assert ingest(tmp_path / "c").quarantined == {reason: 1}
    assert read("select count(*) from label").item() == 1


def test_a_response_becomes_an_answer_with_a_recorded_verdict(tmp_path: Path) -> None:
    put(tmp_path / "c" / "m.json", results(2, response="So it is B.", pred="B", answer="B") + results(3))
    ingest(tmp_path / "c")
    answers = "select text, source, score, extracted, mode from response join score using (response_id)"
    assert read(answers).rows() == [("So it is B.", "imported", 1.0, "B", "recorded")]
    assert read("select ground_truth from question where source_key = '2'").item() == "B"
    assert read(LABELS).rows() == [("m", "3", 0)]


def test_texts_must_agree_but_for_white_space(folder: Path) -> None:
    put(folder / "b" / "result.json", results(1, question="What  is\n1? ") + results(2, question="What was 2?"))
    with pytest.raises(UserError, match=r"\(b 1\)"):
        ingest(folder)
    found = ingest(folder, allow_partial="true")
    assert found.quarantined == {"text_mismatch": 1}
    assert read(LABELS).rows() == [("a", "1", 0), ("a", "2", 1), ("b", "1", 0)]
    assert read("select text from question order by source_key").rows() == [("What is 1?",), ("What is 2?",)]


def test_a_model_has_one_result_per_question_in_all_its_files(folder: Path) -> None:
    put(folder / "a" / "aime.json", results(2, is_correct=False) + results(2))
    found = ingest(folder)
    assert found.quarantined == {"duplicate_row": 2}
    assert found.rows["label"] == 4


def test_gaps_are_refused_by_count_unless_wanted(folder: Path) -> None:
    put(folder / "c" / "result.json", results(1, 3))
    with pytest.raises(UserError, match=r"of 3 questions .* \(a 1, b 1, c 1\).*allow_partial"):
        ingest(folder)
    assert ingest(folder, models="a,b").rows["label"] == 4
    assert ingest(folder, allow_partial="true").coverage.select("model", "n_question", "n_answered").rows() == [
        ("a", 3, 2),
        ("b", 3, 2),
        ("c", 3, 2),
    ]
    with pytest.raises(UserError, match="choose one of: a, b, c"):
        ingest(folder, models="z")


def test_a_model_or_a_dataset_more_touches_nothing_else(folder: Path) -> None:
    ingest(folder)
    before = {name: read(f"from {name} order by all").rows() for name in ("question", "label", "dataset")}
    put(folder / "c" / "result.json", results(1, 2))
    found = ingest(folder)
    assert (found.unchanged, found.rows["question"], found.rows["label"]) == (2, 0, 2)
    assert [row for row in read("from label order by all").rows() if row[1] != "c"] == before["label"]
    put(folder.parent / "gpqa" / "a" / "result.json", results(1))
    ingest(folder.parent / "gpqa")
    put(folder.parent / "later" / "d" / "aime.json", results(1, 2))  # a folder of its own
    ingest(folder.parent / "later")
    assert read("from question where dataset = 'aime' order by all").rows() == before["question"]
    assert read("from dataset where dataset = 'aime'").rows() == before["dataset"]
    assert read("select model, count(*) from label group by 1 order by 1").rows() == [
        ("a", 3),
        ("b", 2),
        ("c", 2),
        ("d", 2),
    ]


def test_a_dry_run_knows_what_is_there(folder: Path) -> None:
    ingest(folder)
    put(folder.parent / "later" / "d" / "aime.json", results(1) + results(2, question="What was 2?"))
    found = check_source("smcs-cache", str(folder.parent / "later"), {})
    assert (found.rows["question"], found.rows["label"], found.quarantined) == (0, 1, {"text_mismatch": 1})
    assert found.coverage.rows() == [("aime", "", "d", 2, 1, 1)]
    assert read("select count(*) from label").item() == 4

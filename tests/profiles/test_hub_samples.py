"""Datasets of the hub: a sample in the layout of the repository becomes a prompt, and answers that are graded."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from profiles.load import dataset_of, load_datasets
from tasks.ingest.ingest import ingest_source
from tasks.score.judge import judge
from tasks.score.judges.contract import judges
from tasks.score.rows import items_of, waiting_responses
from tasks.score.verdict import Item
from warehouse.connect import read

pytestmark = pytest.mark.usefixtures("home")


class Sample(NamedTuple):
    """A file of a repository with one row, what the prompt has to show, a right and a wrong answer."""

    file: str
    row: dict[str, Any]
    shown: str
    right: str
    wrong: str


FOUR = ["Liver", "Heart", "[1, 2]", "4"]
SAMPLES = {
    "medmcqa": Sample(
        "data/validation-00000-of-00001.parquet",
        {"id": "a1", "question": "Which?", **dict(zip(("opa", "opb", "opc", "opd"), FOUR, strict=True)), "cop": 2}
        | {"choice_type": "single", "exp": "See there.", "subject_name": "Anatomy", "topic_name": None},
        "C. [1, 2]\nD. 4",
        "The answer is (C).",
        "The answer is (D).",
    ),
    "medqa": Sample(
        "phrases_no_exclude_test.jsonl",
        {"question": "Which?", "answer": "Heart", "options": dict(zip("ABCD", FOUR, strict=True)), "answer_idx": "B"}
        | {"meta_info": "step1", "metamap_phrases": ["which"]},
        "B. Heart",
        "Answer: B",
        "Answer: A",
    ),
    "gpqa": Sample(
        "gpqa_diamond.csv",
        {"Question": "How many?", "Correct Answer": "4\n", "Incorrect Answer 1": "7", "Incorrect Answer 2": "1"}
        | {"Incorrect Answer 3": "3", "Record ID": "rec1", "Subdomain": "Genetics"},
        "A) 1\nB) 3\nC) 4",
        "Answer: C",
        "Answer: B",
    ),
    "bbh": Sample(
        "navigate/test-00000-of-00001.parquet",
        {"input": "Which?\nOptions:\n(A) here\n(B) there", "target": "(B)"},
        "(B) there",
        "Answer: (B)",
        "Answer: (A)",
    ),
    "mmlupro": Sample(
        "data/test-00000-of-00001.parquet",
        {"question_id": 70, "question": "Which?", "options": [*FOUR, "5"], "answer": "E", "answer_index": 4}
        | {"cot_content": "", "category": "law", "src": "x"},
        "question about law",
        "Answer: E",
        "Answer: A",
    ),
    "winogrande": Sample(
        "winogrande_xl/validation-00000-of-00001.parquet",
        {"sentence": "_ fell.", "option1": "Ann", "option2": "Bo", "answer": "2"},
        "B. Bo",
        "Answer: B",
        "Answer: A",
    ),
}
GRIDS = [{"input": [[1, 2]], "output": [[2, 1]]}, {"input": [[3, 4]], "output": [[4, 3]]}]
SAMPLES |= {
    "arc-agi": Sample(
        "data/evaluation-00000-of-00001.parquet",
        {"train": GRIDS[:1], "test": GRIDS},
        "Output 1: [[2, 1]]\nTest input 1: [[1, 2]]\nTest input 2: [[3, 4]]",
        "[[2, 1]]\n[[4, 3]]",
        "[[2, 1]]\n[[3, 4]]",
    ),
    "finqa": Sample(
        "default/test/0000.parquet",
        {"id": "a/2010/page_1.pdf-2", "pre_text": ["In 2010 sales grew ."], "post_text": ["See note 3 ."]}
        | {
            "table": [["", "2010"], ["sales", "$ 12"]],
            "question": "how much?",
            "answers": "14.1%",
            "gold_evidence": [],
        },
        "sales | $ 12",
        r"\boxed{14.1\%}",
        r"\boxed{41\%}",
    ),
}
SAMPLES["korbench"] = Sample(
    "data/operation/sample.jsonl",
    {"idx": "11", "question": "6 # 2?", "answer": "[[3]]", "rule_id": "2", "needle": ["a # b = a/b"]},
    "Here a # b = a/b.\n\n3 # 1?\n\n[[3]]\n\n4 # 1?\n\n[[4]]\n\n6 # 2?",
    "[[3]]",
    "[[8]]",
)
KORBENCH = {
    "data/operation/rule.jsonl": [
        {"idx": number, "title": "#", "rule_content": f"Here {rule}.", "tag": "Basic Level"}
        for number, rule in (("1", "a # b = a + b"), ("2", "a # b = a/b"))
    ],
    "data/operation/three-shot.jsonl": [
        {"idx": number, "question": f"{number} # 1?", "answer": f"[[{number}]]", "rule_id": "2"} for number in "34"
    ],
    **{
        f"data/{other}/{file}.jsonl": [{"idx": "1", "question": "?", "answer": "", "rule_id": "1", "rule_content": "?"}]
        for other in ("cipher", "counterfactual", "logic", "puzzle")
        for file in ("sample", "rule", "three-shot")
    },
}
AIME = {
    "2024": ("aime_2024_problems.parquet", {"ID": "2024-I-1", "Problem": "6 * 7?", "Solution": "So.", "Answer": 42}),
    "2025": ("test.jsonl", {"problem": "6 * 7?", "answer": "42", "id": "0"}),
}
SAMPLES |= {
    f"aime {year}": Sample(file, row, "6 * 7?", r"\boxed{42}", r"\boxed{41}") for year, (file, row) in AIME.items()
}


def repository(root: Path, file: str, *rows: dict[str, Any]) -> str:
    """A copy of a repository that has this file."""
    (path := root / file).parent.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame(list(rows))
    {".parquet": frame.write_parquet, ".csv": frame.write_csv, ".jsonl": frame.write_ndjson}[path.suffix](path)
    return str(root)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_asked_and_its_answers_graded(name: str, tmp_path: Path) -> None:
    sample, dataset = SAMPLES[name], name.split()[0]
    folder = repository(tmp_path / "copy", sample.file, sample.row)
    for file, rows in KORBENCH.items() if name == "korbench" else ():
        repository(tmp_path / "copy", file, *rows)
    done = ingest_source("hub", folder, {"datasets": [dataset]}, "run-1")
    assert (done.counts()["question"], done.quarantined) == (5 if name == "korbench" else 1, {})
    question = read("select * from question where ground_truth is not null").row(0, named=True)
    assert sample.shown in question["prompt"]
    known = {"dataset": dataset, "split": question["variant"], "question_id": question["source_key"]}
    answers = [known | {"question": question["text"], "model": said, "response": said} for said in sample[3:]]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, answers)))
    ingest_source("recorded", str(tmp_path / "answers.jsonl"), {}, "run-2")
    waiting = waiting_responses([dataset], rescore=False)
    items = [item for _, item in items_of(waiting)]
    specification = dataset_of(dataset, load_datasets())
    assert specification is not None
    assert {item.scorer for item in items} == {specification.scorer, *specification.also_scorers}
    told = {sample.right: "correct", sample.wrong: "wrong"}
    assert [one.verdict for one in judge(items)] == [told[item.text] for item in items]


@pytest.mark.parametrize(
    ("dataset", "file", "row"),
    [
        (
            "simpleqa",
            "simple_qa_test_set.csv",
            {"metadata": "{'topic': 'Art', 'urls': ['x']}", "problem": "Who?", "answer": "Ann Lee"},
        ),
        (
            "hle",
            "data/test-00000-of-00001.parquet",
            {"id": "6a", "question": "Who?", "image": "", "answer": "Ann Lee", "answer_type": "exactMatch"}
            | {"category": "Math", "raw_subject": "Logic", "rationale": "So."},
        ),
    ],
)
def test_a_judge_is_shown_the_reference(dataset: str, file: str, row: dict[str, Any], tmp_path: Path) -> None:
    others = [row | {"id": "6b", "image": "data:image/png;base64,AA"}] if "image" in row else []
    folder = repository(tmp_path / "copy", file, row, *others)
    done = ingest_source("hub", folder, {"datasets": [dataset]}, "run-1")
    assert (done.counts()["question"], done.quarantined) == (1, {}), "what shows an image is left out"
    text, truth = read("select text, ground_truth from question").row(0)
    asked = judges.get(dataset).ask(text, Item(dataset, "It was Bo.", truth))[-1]["content"]
    assert [part in asked for part in ("Who?", "Ann Lee", "It was Bo.")] == [True] * 3


def test_an_answer_meets_that_of_the_baseline_of_its_category(tmp_path: Path) -> None:
    told = {"subcategory": "x", "language": "English"}
    questions = [
        told | {"uid": uid, "category": category, "prompt": f"Why {uid}?"}
        for uid, category in (("a", "hard_prompt"), ("b", "creative_writing"), ("c", "another"))
    ]
    folder = repository(tmp_path, "data/arena-hard-v2.0/question.jsonl", *questions)
    for model in ("o3-mini-2025-01-31", "gemini-2.0-flash-001", "qwq-32b"):
        said = [
            {"uid": uid, "ans_id": "x", "model": model, "tstamp": 1.5}
            | {
                "messages": [
                    {"role": "user", "content": "?"},
                    {"role": "assistant", "content": {"answer": f"{model} {uid}"}},
                ]
            }
            for uid in "abc"
        ]
        (tmp_path / f"data/arena-hard-v2.0/model_answer/{model}.jsonl").parent.mkdir(exist_ok=True)
        (tmp_path / f"data/arena-hard-v2.0/model_answer/{model}.jsonl").write_text("\n".join(map(json.dumps, said)))
    assert ingest_source("hub", folder, {"datasets": ["arenahard"]}, "run-1").quarantined == {"bad_value": 1}
    found = read("select text, ground_truth from question order by source_key").rows()
    assert found == [("Why a?", "o3-mini-2025-01-31 a"), ("Why b?", "gemini-2.0-flash-001 b")]
    judge_of = judges.get("arenahard")
    asked = judge_of.ask("Why a?", Item("arenahard", "Because.", found[0][1]))[-1]["content"]
    assert "Answer A:\nBecause.\n\nAnswer B:\no3-mini-2025-01-31 a" in asked


def test_the_bank_of_math_is_the_first_thousand_of_train(tmp_path: Path) -> None:
    rows = [
        {"problem": f"{number} + 0?", "solution": "So.", "answer": str(number), "subject": "Algebra", "level": 1}
        | {"unique_id": f"train/algebra/{number}.json"}
        for number in range(1, 1003)
    ]
    folder = repository(tmp_path, "train.jsonl", *rows)
    done = ingest_source("hub", folder, {"datasets": ["math"]}, "run-1")
    assert (done.counts()["question"], done.quarantined, done.others) == (1000, {}, {"rest of math"})
    assert not done.notes["odd_size"]
    assert read("select distinct metadata ->> 'part' from question").rows() == [("train",)]


@pytest.mark.parametrize("row", [{"cop": -1}, {"opd": None}])
def test_a_row_that_lacks_what_the_dataset_makes_of_it_is_refused_by_name(row: dict[str, Any], tmp_path: Path) -> None:
    sample = SAMPLES["medmcqa"]
    folder = repository(tmp_path / "copy", sample.file, sample.row, sample.row | {"id": "a2"} | row)
    done = ingest_source("hub", folder, {"datasets": ["medmcqa"]}, "run-1")
    assert (done.counts()["question"], done.quarantined) == (1, {"bad_value": 1})

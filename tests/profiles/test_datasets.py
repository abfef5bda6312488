"""The dataset registry: complete, documented, and graded from a tiny sample in the published layout."""

import json
from pathlib import Path

import pytest

from flows.command.datasets import known_datasets
from flows.command.doctor import examine
from profiles.dataset_doc import DOCUMENT, render
from profiles.load import dataset_of, load_datasets
from tasks.ingest.ingest import ingest_source
from tasks.score.judge import judge
from tasks.score.judges.contract import judges
from tasks.score.registry import scorers
from tasks.score.rows import items_of, waiting_responses
from tasks.score.sandbox.run import sandbox_available
from warehouse.connect import read, rows
from warehouse.errors import UserError

NAMED = [
    "aime",
    "math500",
    "mathbench",
    "mbpp",
    "humaneval",
    "livecodebench",
    "korbench",
    "kandk",
    "bbh",
    "mmlupro",
    "gpqa",
    "finqa",
    "medqa",
    "emorynlp",
    "meld",
    "livemathbench",
    "swe-bench",
    "hle",
    "simpleqa",
    "arenahard",
    "tau2",
    "arc-agi",
    "arcc",
    "winogrande",
    "aime-1983-2023",
    "ifeval",
    "math",
    "medmcqa",
    "mmlu-pro-law",
]
FOUR = ["red", "green", "blue", "grey"]
EMOTIONS = ["joyful", "mad", "neutral", "peaceful", "powerful", "sad", "scared"]
OTHERS = ["anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"]
PROBLEM = {"question": "problem", "ground_truth": "answer"}
ANSWER = {"ground_truth": "answer"}
CHECK = "def check(candidate):\n    assert candidate(1) == 2\n"
CASES = json.dumps([{"input": "1\n", "output": "2\n", "testtype": "stdin"}])
KORBENCH = {"category": "operation", "rule_id": "1", "idx": "18"}
ADD = "```python\ndef f(x):\n    return x + 1\n```"
# A row as published, what its columns are here, and a right answer.
SAMPLES: dict[str, tuple[dict, dict, str]] = {
    "aime": ({"problem": "6 * 7?", "answer": "42"}, PROBLEM, r"\boxed{42}"),
    "math": (
        {"problem": "1/2?", "answer": r"\frac{1}{2}"},
        PROBLEM,
        r"\boxed{0.5}",
    ),
    "math500": (
        {"problem": "1/2?", "answer": "0.5", "subject": "Algebra", "unique_id": "test/a/1.json"},
        PROBLEM,
        r"\boxed{\frac{1}{2}}",
    ),
    "aime-1983-2023": (
        {"ID": "1983-1", "Year": 1983, "Problem Number": 1, "Question": "6 * 7?", "Answer": "042"},
        {"question": "Question", "question_id": "ID", "ground_truth": "Answer"},
        r"\boxed{42}",
    ),
    "livemathbench": ({"question": "6 * 7?", "answer": "$42$", "question_type": "x"}, ANSWER, r"\boxed{42}"),
    "mathbench": ({"question": "Which?", "options": FOUR, "answer": "B", "topic": "Sets"}, ANSWER, "Answer: B"),
    "medqa": (
        {"question": "Which?", "options": dict(zip("ABCD", FOUR, strict=True)), "answer": "green", "answer_idx": "B"},
        {"ground_truth": "answer_idx"},
        "Answer: B",
    ),
    "medmcqa": ({"question": "Which? A. a B. b C. c D. d", "gold_answer": "C"}, {"ground_truth": "gold_answer"}, "(C)"),
    "mmlu-pro-law": (
        {"question": "Which?", "options": [*FOUR, *OTHERS[:6]], "answer": "J", "category": "law"},
        ANSWER,
        "The answer is (J).",
    ),
    "meld": ({"question": "How?", "options": OTHERS, "ground_truth": "joy"}, {}, "Answer: D"),
    "gpqa": ({"question": "Which?", "options": FOUR, "ground_truth": "C"}, {}, "The answer is (C)."),
    "mmlupro": (
        {"question": "Which?", "options": [*FOUR, *EMOTIONS[:6]], "answer": "I"},
        {"ground_truth": "answer"},
        "Answer: I",
    ),
    "arcc": (
        {"question": "Which?", "choices": {"text": FOUR, "label": ["1", "2", "3", "4"]}, "answerKey": "2"},
        {"options": "choices", "ground_truth": "answerKey"},
        "The answer is green.",
    ),
    "winogrande": (
        {"sentence": "_ fell.", "options": ["Ann", "Bo"], "answer": "2"},
        {"question": "sentence", "ground_truth": "answer"},
        "Answer: B",
    ),
    "emorynlp": ({"question": "How?", "options": EMOTIONS, "ground_truth": "sad"}, {}, "Answer: F"),
    "finqa": ({"question": "Growth?", "answer": "14.1%"}, {"ground_truth": "answer"}, r"\boxed{0.1414}"),
    "bbh": ({"input": "Close: [ (", "target": ") ]"}, {"question": "input", "ground_truth": "target"}, "Answer: ) ]"),
    "kandk": (
        {"quiz": "Ada says ...", "solution_text": "(1) Ada is a knight\n(2) Bo is a knave"},
        {"question": "quiz", "ground_truth": "solution_text"},
        "CONCLUSION:\n(1) Ada is a knight\n(2) Bo is a knave",
    ),
    "korbench": ({"question": "1 # 2?", "answer": "[[1/2]]", **KORBENCH}, {"ground_truth": "answer"}, "[[0.5]]"),
    "arc-agi": ({"question": "Continue.", "ground_truth": "[[1, 2], [3, 4]]"}, {}, "[[1,2],[3,4]]"),
    "ifeval": (
        {"key": 1, "prompt": "No commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
        {"question": "prompt", "question_id": "key"},
        "None here.",
    ),
    "humaneval": ({"prompt": "def f(x):", "test": CHECK, "entry_point": "f"}, {"question": "prompt"}, ADD),
    "mbpp": ({"text": "Add one.", "test_list": ["assert f(1) == 2"]}, {"question": "text", "tests": "test_list"}, ADD),
    "livecodebench": (
        {"question_content": "Add one.", "public_test_cases": CASES, "metadata": "{}"},
        {"question": "question_content"},
        "```python\nprint(int(input()) + 1)\n```",
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_named_dataset_has_an_entry_that_says_what_it_is(name: str) -> None:
    found = dataset_of(name, load_datasets())
    assert found is not None
    assert found.title
    assert found.category
    assert found.size
    assert found.licence
    assert found.source
    assert found.metric
    assert found.scorer is None or found.scorer in [*scorers.names(), *judges.names()]
    assert set(found.also_scorers) <= set(scorers.names())


@pytest.mark.parametrize("name", ["aime-1983-2023", "math", "medmcqa", "mmlu-pro-law"])
def test_what_only_smcs_has_is_judged_by_its_rules_too(name: str) -> None:
    found = dataset_of(name, load_datasets())
    assert found is not None
    [beside] = found.also_scorers
    assert beside.endswith("_smcs_compat")


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text() == render(), "run `make docs`"


def test_every_named_dataset_has_a_sample() -> None:
    elsewhere = {"hle", "simpleqa", "arenahard", "swe-bench", "tau2"}  # judged by a model, or imported: test_named.py
    assert set(SAMPLES) == set(NAMED) - elsewhere


@pytest.mark.usefixtures("home")
def test_a_sample_of_each_becomes_a_right_answer(tmp_path: Path) -> None:
    mappings = [columns for _, columns, _ in SAMPLES.values()]
    for place, columns in enumerate(mappings):
        if columns not in mappings[:place]:  # one ingest for all files of the same columns
            folder = tmp_path / str(place)
            folder.mkdir()
            for name, (row, mapped, _) in SAMPLES.items():
                if mapped == columns:
                    (folder / f"{name}.jsonl").write_text(json.dumps(row))
            ingest_source("questions", str(folder), {"columns": columns}, "run-1")
    known = {dataset: (text, key) for dataset, text, key in _questions()}
    assert set(known) == set(SAMPLES)
    answers = [
        {"dataset": name, "question_id": known[name][1], "question": known[name][0], "model": "m", "response": said}
        for name, (_, _, said) in SAMPLES.items()
    ]
    file = tmp_path / "answers.jsonl"
    file.write_text("\n".join(map(json.dumps, answers)))
    ingest_source("recorded", str(file), {}, "run-2")
    waiting = waiting_responses(["*"], rescore=False, mode="fixed")
    if sandbox_available() is not None:
        waiting = waiting.filter(waiting["scorer"] != "python_tests")
    items = items_of(waiting)
    assert len(items) >= len(SAMPLES) - 3
    verdicts = judge([item for _, item in items])
    assert {item.text: one.verdict for (_, item), one in zip(items, verdicts, strict=True)} == {
        item.text: "correct" for _, item in items
    }


def _questions() -> list[tuple[str, str, str]]:
    return read("select dataset, text, source_key from question").rows()


@pytest.mark.usefixtures("home")
def test_what_is_here_is_counted_by_entry(tmp_path: Path) -> None:
    assert {row["here"] for row in known_datasets()} == {0}
    (tmp_path / "mine.jsonl").write_text('{"question": "Why?"}')
    (tmp_path / "gpqa.jsonl").write_text('{"question": "Which?", "ground_truth": "B"}')
    for name in ("mine", "gpqa"):
        ingest_source("questions", str(tmp_path / f"{name}.jsonl"), {}, "run-1")
    listed = {row["dataset"]: (row["here"], row["answers"], row["size"]) for row in known_datasets()}
    assert listed["mine"] == (1, 0, None)
    assert listed["gpqa"] == (1, 0, 198)
    assert rows("dataset_here").height == 2


def test_a_broken_block_costs_only_what_needs_it(home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = home / "profiles" / "datasets"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text("match: 'mine-*'\nscorer: [\n")
    for name in ("other", "mine-1"):
        (tmp_path / f"{name}.jsonl").write_text('{"question": "Why?", "model": "m", "response": "4", "score": 1}')
    ingest_source("recorded", str(tmp_path / "other.jsonl"), {}, "run-1")
    for source in ("recorded", "questions"):
        with pytest.raises(UserError, match=r"mine.yaml, line \d is not valid YAML"):
            ingest_source(source, str(tmp_path / "mine-1.jsonl"), {}, "run-1")
    assert [name for name, *_ in _questions()] == ["other"]
    assert {"other", "mine-*"} <= {row["dataset"] for row in known_datasets()}
    assert "mine.yaml" in caplog.text
    assert "mine.yaml" in next(one.detail for one in examine() if one.what == "own datasets")

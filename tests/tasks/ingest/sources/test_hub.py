"""Benchmarks by name: from a hub on this machine, from its cache, from a copy of a repository; asked by template."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from profiles.load import load_datasets, load_pool
from profiles.splitter import splitters
from tasks.collect.plan import questions_of, requests_for
from tasks.ingest.ingest import ingest_source
from tasks.ingest.template import columns_of
from tests.local_hub import NEWEST, local_hub
from warehouse.connect import read
from warehouse.errors import UserError

pytestmark = pytest.mark.usefixtures("home")
MBPP = "google-research-datasets/mbpp"
_INGEST = """
import json, sys
from tasks.ingest.ingest import ingest_source
from warehouse.errors import UserError
for datasets in sys.argv[1:]:
    try:
        print(json.dumps(ingest_source("hub", None, {"datasets": datasets.split(",")}, "run-1").counts()))
    except UserError as error:
        print(json.dumps(str(error)))
"""


def mbpp(root: Path, splits: tuple[str, ...] = ("train", "validation", "test", "prompt")) -> Path:
    """A repository of MBPP with one question a split, as published."""
    folder = root / MBPP / "full"
    folder.mkdir(parents=True)
    for number, split in enumerate(splits):
        row = {
            "task_id": number,
            "text": f"Add {number}.",
            "code": "...",
            "test_list": [f"assert f(1) == {number + 1}"],
        }
        pl.DataFrame([row]).write_parquet(folder / f"{split}-00000-of-00001.parquet")
    return folder.parent


def test_a_named_benchmark_comes_from_the_hub_once(home: Path, tmp_path: Path) -> None:
    mbpp(tmp_path / "hub")
    (folder := tmp_path / "hub" / "me" / "newest").mkdir(parents=True)
    pl.DataFrame([{"question": "Who fell?", "who": ["Ann", "Bo"], "answer": "B"}]).write_parquet(folder / "a.parquet")
    place = {"id": "me/newest", "files": {"test": "*.parquet"}, "columns": {"options": "who", "ground_truth": "answer"}}
    (own := home / "profiles" / "datasets").mkdir(parents=True)
    (own / "newest.yaml").write_text(json.dumps({"match": "newest", "size": 2, "hub": place}))
    with local_hub(tmp_path / "hub") as (url, asked):
        places = {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "0"}
        done = subprocess.run(
            [sys.executable, "-c", _INGEST, "mbpp,newest", "mbpp,newest", "math500"],
            capture_output=True,
            text=True,
            env=os.environ | places,
        )
    first, again, missing = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["question"] == 5, done.stderr
    assert first["note: odd_size"] == 2, "neither is as long as published"
    assert again["unchanged files"] == 5
    assert "HuggingFaceH4/MATH-500" in missing
    assert sum(one.startswith("GET") and "/resolve/" in one for one in asked) == 5
    (pinned,) = [place.revision for one in load_datasets() for place in one.hub if place.id == MBPP]
    files = set(read("select path from ingest_file")["path"])
    assert f"{MBPP}@{pinned}/full/test-00000-of-00001.parquet" in files
    assert f"me/newest@{NEWEST}/a.parquet" in files
    known = read("select metadata, ground_truth from question where dataset = 'newest'").row(0)
    assert (json.loads(known[0])["options"], known[1]) == (["Ann", "Bo"], "B")


def test_a_copy_of_the_repository_is_read_and_asked_by_the_template(tmp_path: Path) -> None:
    ingest_source("hub", str(mbpp(tmp_path)), {"datasets": ["mbpp"]}, "run-1")
    questions = questions_of(["mbpp"])
    parts = {row["variant"]: json.loads(row["metadata"]).get("part") for row in questions.iter_rows(named=True)}
    assert parts == {"train": "train", "validation": "train", "test": "test", "prompt": None}
    request = requests_for(questions, load_pool("synthetic"))[0]
    sent = request.messages[0]["content"]
    assert sent.startswith("Write a Python function for this task:\n\nAdd 3.")
    assert "assert f(1) == 4\n```\n" in sent


def mmlu_pro(root: Path, splits: dict[str, list[str]]) -> Path:
    """A repository of MMLU-Pro as published: rows of these categories, a file a split."""
    (folder := root / "pro" / "data").mkdir(parents=True, exist_ok=True)
    for split, categories in splits.items():
        rows = [
            {
                "question_id": number,
                "question": f"{split} {number}?",
                "options": ["yes", "no"],
                "answer": "B",
                "cot_content": f"A: Let's think, {number}. The answer is (B)." if split == "validation" else "",
                "category": category,
            }
            for number, category in enumerate(categories)
        ]
        pl.DataFrame(rows).write_parquet(folder / f"{split}-00000-of-00001.parquet")
    return folder.parent


def test_five_worked_examples_of_its_category_stand_before_a_question(tmp_path: Path) -> None:
    folder = mmlu_pro(tmp_path, {"test": ["law", "math", "art"]})
    assert ingest_source("hub", str(folder), {"datasets": ["mmlu-pro-*"]}, "run-1").notes["no_examples"] == 1
    bare = prompts()
    mmlu_pro(tmp_path, {"validation": ["law"] * 3 + ["math"] + ["law"] * 3})
    assert not ingest_source("hub", str(folder), {"datasets": ["mmlu-pro-*"]}, "run-2").notes["no_examples"]
    law, math, art = prompts()
    assert law
    assert math
    assert art == bare[2]
    assert [number for number in range(7) if f"validation {number}?" in law] == [0, 1, 2, 4, 5], "not the sixth"
    assert math.startswith("validation 3?\n\nA. yes\nB. no\n\nLet's think, 3.\n\nAnswer: B\n\ntest 1?\n\nA. yes")
    assert law.endswith(str(bare[0]))
    for file in folder.rglob("validation*"):
        file.write_bytes(b"no table")
    with pytest.raises(UserError, match="holds no examples"):
        ingest_source("hub", str(folder), {"datasets": ["mmlu-pro-*"]}, "run-3")


@pytest.mark.parametrize(
    ("file", "columns", "lines", "parts"),
    [
        (
            "aime-1983-2023.csv",
            "ID,Year,Question,Answer",
            ["1983-1,1983,a,1", "2023-I-1,2023,b,2", "2024-I-1,2024,c,3"],
            ["train", "train", "test"],
        ),
        ("math.csv", "ID,split,Question,Answer", ["1,train,a,1", "2,test,b,2"], ["train", "test"]),
        ("mbpp.csv", "ID,split,Question", ["1,prompt,a", "2,validation,b", "3,test,c"], [None, "train", "test"]),
        (
            "livecodebench.csv",
            "ID,contest_date,Question",
            ["1,2023-04-30,a", "2,2024-07-31T00:00:00,b", "3,2024-08-01,c", "4,2025-02-02,d"],
            [None, "train", "test", None],
        ),
    ],
)
def test_a_published_file_of_ones_own_is_divided_as_the_registry_says(
    file: str, columns: str, lines: list[str], parts: list[str | None], tmp_path: Path
) -> None:
    (tmp_path / file).write_text("\n".join([columns, *lines]))
    ours = {"question_id": "ID", "question": "Question"} | ({"ground_truth": "Answer"} if "Answer" in columns else {})
    ingest_source("questions", str(tmp_path / file), {"columns": ours}, "run-1")
    questions = read("select * from question order by source_key")
    assert [json.loads(known or "{}").get("part") for known in questions["metadata"]] == parts
    divided = questions.filter(pl.Series([part is not None for part in parts]))
    split = splitters.get("file")
    assert split.split(divided, 0, split.options()).tolist() == [part for part in parts if part]


@pytest.mark.parametrize(
    ("datasets", "told"), [(["*"], "name datasets"), (["nobody"], "mbpp"), (["mbpp"], "full/train-"), (["m*"], "one")]
)
def test_what_cannot_be_had_is_told(datasets: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=told):
        ingest_source("hub", str(tmp_path), {"datasets": datasets}, "run-1")


def test_a_repository_elsewhere_is_to_be_cloned() -> None:
    with pytest.raises(UserError, match=r"KOR-Bench is not on the hub; clone it at bb8194\w+, and give the folder"):
        ingest_source("hub", None, {"datasets": ["korbench"]}, "run-1")


def own_template(home: Path, prompt: str) -> None:
    (folder := home / "profiles" / "datasets").mkdir(parents=True, exist_ok=True)
    (folder / "mine.yaml").write_text(json.dumps({"match": "mine", "prompt": prompt}))


def prompts() -> list[str | None]:
    return read("select prompt from question order by source_key")["prompt"].to_list()


def test_a_template_of_ones_own_counts_for_rows_without_a_prompt(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    rows = [
        {"question_id": "a", "question": "Why?", "options": ["x", "y"], "mood": "sad"},
        {"question_id": "b", "question": "How?", "prompt": "As it stands.", "mood": "gay"},
        {"question_id": "c", "question": "Who?"},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    ingest_source("questions", str(file), {}, "run-1")
    assert prompts() == [None, "As it stands.", None]
    own_template(
        home,
        "{{ question }} Be {{ mood }}.{% for letter in options | default({}) %} {{ letter }}={{ options[letter] }}"
        "{% endfor %}",
    )
    summary = ingest_source("questions", str(file), {}, "run-2")
    assert summary.quarantined == {"bad_prompt": 1}
    assert prompts()[:2] == ["Why? Be sad. A=x B=y", "As it stands."]


@pytest.mark.parametrize(
    "prompt",
    ["{{ question", "{% for x %}", "{{ question | nosuch }}"],
)
def test_a_template_that_is_none_is_told(prompt: str, home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"question": "Why?"}')
    own_template(home, prompt)
    with pytest.raises(UserError, match="template '"):
        ingest_source("questions", str(tmp_path / "mine.jsonl"), {}, "run-1")


@pytest.mark.parametrize(
    "prompt", ["{{ 1 / 0 }}", "{{ question.__class__.__mro__ }}", "{{ question.x.y }}", "{{ tests[:3] }}"]
)
def test_a_row_that_a_template_cannot_take_costs_itself(prompt: str, home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text(
        '{"question": "Why?", "tests": {"a": 1}}\n{"question": "How?", "prompt": "So."}'
    )
    own_template(home, prompt)
    assert ingest_source("questions", str(tmp_path / "mine.jsonl"), {}, "run-1").quarantined == {"bad_prompt": 1}
    assert prompts() == ["So."]


def test_packaged_templates_are_sound_and_never_show_the_truth() -> None:
    for one in load_datasets():
        for template in filter(None, (one.prompt, one.part)):
            assert not {"ground_truth", "answer"} & columns_of(template)

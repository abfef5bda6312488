"""A run profile chooses its splitter, from a file of answers to the rows every stage reads, by the real command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from profiles.splits.reference import reference_split

PARTS = ["train", "test", "train", "dev"]
ASKED = [(dataset, at) for dataset in ("poems", "sums") for at in range(1, 31)]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a home without rows, beside two models' answers to questions that have the user's own parts."""
    rows = [
        {
            "dataset": dataset,
            "question_id": str(at),
            "question": f"What is {dataset} {at}?",
            "model": model,
            "response": "so",
            "score": float((at + len(model)) % 3 > 0),
            "cost_usd": 0.01,
            "fold": PARTS[at % 4],
        }
        for dataset, at in ASKED
        for model in ("one", "other")
    ]
    pl.DataFrame(rows).write_ndjson(tmp_path / "answers.jsonl")
    models = [{"model_name": name, "litellm_params": {"model": f"replay/{name}"}} for name in ("one", "other")]
    (tmp_path / "pool.yaml").write_text(yaml.safe_dump({"model_list": models}))
    return os.environ | {"CONCERTINO_HOME": str(tmp_path / "home")}


def profile(folder: Path, **settings: object) -> str:
    run = {
        "title": "t",
        "source": "recorded",
        "path": str(folder / "answers.jsonl"),
        "datasets": ["*"],
        "presets": [],
        "source_options": {"columns": {"part": "fold"}},
        "score_mode": "recorded",
        "pool": str(folder / "pool.yaml"),
        "routers": [],
        "judged_system": "best-single",
        **settings,
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(run))
    return str(folder / "mine.yaml")


def concertino(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("concertino")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900)


def told(environment: dict[str, str], statement: str) -> list[tuple[str, ...]]:
    """What the published copy says."""
    answer = concertino(environment, "sql", statement, "--json")
    assert answer.returncode == 0, answer.stderr
    return [tuple(row.values()) for row in json.loads(answer.stdout)]


@pytest.mark.e2e
def test_a_profile_chooses_its_splitter_and_a_run_keeps_it(environment: dict[str, str], tmp_path: Path) -> None:
    own = profile(tmp_path, splitter="file")
    refused = concertino(environment, "run", profile(tmp_path, splitter="fil"))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "unknown splitter 'fil'; choose one of: file, hash, leave-category-out" in refused.stderr

    done = concertino(environment, "run", profile(tmp_path, splitter="file"), "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    rows = (
        "select dataset, source_key, part from split join run_split using (split_id) join question using (question_id) "
    )
    asked = {(dataset, int(key)): part for dataset, key, part in told(environment, f"{rows} where run_id <> ''")}
    words = {"train": "train", "test": "test", "dev": "validation"}
    assert asked == {(dataset, at): words[PARTS[at % 4]] for dataset, at in ASKED}
    assert {line["n"] for line in result["systems"]} == {sum(PARTS[at % 4] == "test" for _, at in ASKED)}

    profile(tmp_path, splitter="reference", seeds=[42])
    mixed = concertino(environment, "evaluate", "--profile", own, "--run-id", result["run_id"])
    assert mixed.returncode == 2
    assert f"run {result['run_id']} is split as file-" in mixed.stderr
    assert "its profile now says splitter 'reference' with seeds 42" in mixed.stderr

    again = concertino(environment, "run", own, "--json")
    assert again.returncode == 0, again.stderr
    drawn = told(environment, f"{rows} where run_id = '{json.loads(again.stdout)['run_id']}' and part = 'test'")
    datasets, keys = zip(*ASKED, strict=True)
    prompts = [f"What is {dataset} {at}?" for dataset, at in ASKED]
    wanted = reference_split(datasets, prompts, keys, seed=42).test
    assert {(dataset, int(key)) for dataset, key, _ in drawn} == {ASKED[at] for at in wanted}

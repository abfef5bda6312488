"""`concertino init` and then one command: from what a user has to a leaderboard."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local_openai import local_openai
from tests.result_tree import record, result
from warehouse.connect import read

pytestmark = pytest.mark.e2e
COMMAND = str(Path(sys.executable).with_name("concertino"))
RELEASE = Path(__file__).parents[3] / "shared" / "tools" / "make_release.py"


def concertino(*arguments: str) -> str:
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_from_questions_and_a_server_to_a_leaderboard(absent_home: Path, tmp_path: Path) -> None:
    questions = tmp_path / "sums.csv"
    rows = [f"{i},What is {i} and {i}?,{42 if i % 2 else 7}" for i in range(30)]
    questions.write_text("\n".join(["id,query,answer", *rows]))
    with local_openai() as server:
        server.offers = ["large", "small"]
        told = concertino("init", "--from-litellm", server.api_base, "--questions", str(questions))
        assert "sums: 30 questions, judged by math" in told
        assert told.rstrip().endswith("run mine")
        shown = concertino("run", "mine")
    assert "smcs-select" in shown
    assert read("select count(*) from response").item() == 60
    assert "best-single" in concertino("queries", "leaderboard")


def test_asked_in_a_terminal_it_checks_each_answer_and_asks_for_a_name(absent_home: Path, tmp_path: Path) -> None:
    questions, config = tmp_path / "sums.csv", tmp_path / "config.yaml"
    questions.write_text("id,query,answer\n" + "".join(f"{i},What is {i} and {i}?,{i}\n" for i in range(40)))
    config.write_text(
        "model_list:\n- {model_name: m, litellm_params: {model: openai/m, api_base: http://127.0.0.1:9}}\n"
    )
    terminal, screen = pty.openpty()
    process = subprocess.Popen([COMMAND, "init"], stdin=screen, stdout=screen, stderr=screen)
    os.close(screen)
    told = ""
    for question, answer in {
        "What is there?": "questions",
        "File of questions": "nowhere.csv",
        "there is nothing at nowhere.csv": questions,
        "config file": config,
        "Name of": "sums-of-mine",
    }.items():
        while question not in told:
            told += os.read(terminal, 4096).decode()
        os.write(terminal, f"{answer}\n".encode())
        told = told.split(question)[-1]
    assert process.wait(timeout=60) == 0
    os.close(terminal)
    folder = absent_home / "profiles"
    assert (folder / "pools" / "sums-of-mine.yaml").exists()
    assert (folder / "runs" / "sums-of-mine.yaml").exists()


def test_a_release_of_two_settings_becomes_two_run_profiles(absent_home: Path, tmp_path: Path) -> None:
    release = tmp_path / "bench"
    groups = {("gpqa", "medqa", "mmlupro"): ("a", "b", "c"), ("hle", "simpleqa", "mmlupro"): ("x", "y")}
    for datasets, models in groups.items():
        for dataset in datasets:
            variant = "test_3000" if (dataset, models[0]) == ("mmlupro", "x") else "test"
            for place, model in enumerate(models):
                records = [record(i, score=float((i + place) % 3 == 0)) for i in range(1, 21)]
                result(release, dataset, variant, model, records)
    told = json.loads(concertino("init", "bench", "--release", str(release), "--json"))
    assert told["next"] == ["run bench-1", "run bench-2"]
    assert any("not ranked together" in note for note in told["notes"])
    concertino("ingest", "--profile", "bench-1")
    found = read("select distinct dataset, variant from question order by all").rows()
    assert found == [("gpqa", "test"), ("medqa", "test"), ("mmlupro", "test")]


@pytest.mark.skipif(not RELEASE.exists(), reason=f"the generator of a full release is not at {RELEASE}")
def test_the_full_benchmark_has_two_settings(absent_home: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    arguments = [str(release), "--setting", "both", "--scale", "0.001", "--response-chars", "50"]
    subprocess.run([sys.executable, str(RELEASE), *arguments], check=True, capture_output=True, timeout=300)
    told = json.loads(concertino("init", "--release", str(release), "--json"))
    assert told["notes"][:2] == ["mine-1: 20 models on 15 datasets", "mine-2: 13 models on 10 datasets"]


def test_without_a_terminal_init_says_what_to_give(absent_home: Path) -> None:
    done = subprocess.run([COMMAND, "init"], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=os.environ)
    assert done.returncode == 2
    assert "--questions FILE" in done.stderr
    assert not (absent_home / "profiles").exists()

"""`kill -9` at random moments of all stages: the same command goes on, nothing is lost, what was paid is booked."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_openai import LocalOpenAI, local_openai
from tests.small_world import put_profiles
from warehouse.connect import read

pytestmark = pytest.mark.abuse
COMMAND = [str(Path(sys.executable).with_name("concertino")), "run", "killed"]
MODELS = ("one", "two", "three")
QUESTIONS = 24
STAGES = ("ingest", "collect", "score", "bank", "collaborate", "evaluate", "publish")
KILLS = 3
PROFILE = """
title: a few questions to a server on this machine
source: questions
path: {path}
datasets: [asked]
pool: killed
collect: true
budget_usd: 100.0
presets: [smcs-select]
routers: [knn]
"""


@pytest.fixture
def server() -> Iterator[LocalOpenAI]:
    with local_openai() as state:
        state.latency_s = 0.05
        yield state


@pytest.fixture
def ready(home: Path, server: LocalOpenAI) -> Path:
    """A home with questions, a pool and a profile."""
    questions = home / "asked.jsonl"
    truths = ("42", "7")
    rows = [{"question": f"What is {i} and {i}?", "ground_truth": truths[i % 2]} for i in range(QUESTIONS)]
    questions.write_text("\n".join(map(json.dumps, rows)))
    models = [
        {
            "model_name": name,
            "model_info": {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
            "litellm_params": {
                "model": f"openai/{name}",
                "api_base": server.api_base,
                "api_key": "none",
                "max_tokens": 50,
                "max_parallel_requests": 4,
            },
        }
        for name in MODELS
    ]
    put_profiles(
        home,
        runs={"killed": PROFILE.format(path=questions)},
        pools={"killed": {"model_list": models}},
        datasets={"asked": {"match": "asked", "title": "asked", "scorer": "math"}},
    )
    return home


def kill_after(stage: str | None, delay_s: float) -> str:
    """Start the command and kill it a moment after a stage is over (None: after its start); what it said."""
    process = subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = []
    for line in process.stderr if stage else ():
        said.append(line)
        if line.startswith(stage or ""):
            break
    time.sleep(delay_s)
    os.kill(process.pid, signal.SIGKILL)
    rest = process.communicate(timeout=180)[1]
    return "".join(said) + rest


def one(sql: str) -> Any:
    return read(sql).item()


def test_a_run_killed_anywhere_ends_as_if_nothing_had_happened(ready: Path, server: LocalOpenAI) -> None:
    chance = random.Random(20261125)
    said = ""
    for number in range(KILLS):
        stage = chance.choice((None, *STAGES[:-1])) if number else "ingest"
        said += kill_after(stage, 2.0 * chance.random())
    done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in said + done.stderr

    assert set(read("select status from run")["status"]) == {"completed"}, "one run, that was continued"
    assert one("select count(*) from run") == 1
    wanted = QUESTIONS * len(MODELS)
    assert one("select count(*) from question") == QUESTIONS
    assert one("select count(*) from response") == one("select count(distinct request_key) from response") == wanted
    assert one("select count(*) from score") == one("select count(distinct response_id) from score") == wanted
    for key in ("run_id, preset, split_id, question_id from collaboration", "run_id, system, question_id from outcome"):
        assert one(f"select count(*) - count(distinct ({key.split(' from ')[0]})) from {key.split(' from ')[1]}") == 0
    left = [path for path in (ready / "landing").rglob("*") if path.is_file()]
    assert {path.suffix for path in left} <= {".tmp"}, "half-written ones, which a later load sweeps by their age"
    assert not list((ready / "running").iterdir())

    paid = server.answered.total()
    booked = one("select count(*) from call where error_kind is null")
    unknown = one("select count(*) from call where error_kind = 'unknown'")
    assert booked == wanted, "an answer that came back is never asked for again"
    assert wanted <= paid <= booked + unknown, "what was under way at a kill may be paid twice, and is booked"
    assert one("select count(*) from call where error_kind = 'unknown' and bound_usd is null") == 0

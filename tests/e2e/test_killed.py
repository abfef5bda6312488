"""`kill -9` in the middle of collect and score, then the same again: nothing lost, nothing twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from flows.collect import collect
from flows.ingest import ingest
from flows.score import score
from warehouse.connect import read
from warehouse.writer import load_landing

pytestmark = pytest.mark.e2e
COMMAND = str(Path(sys.executable).with_name("concertino"))
QUESTIONS, MODELS = 3 * 100, 8
PROFILE = """
title: enough generated questions to be killed in the middle
source: synthetic
source_options: {questions_per_kind: 100, seed: 3}
datasets: ["synthetic-arithmetic", "synthetic-choice", "synthetic-dates"]
pool: synthetic
collect: true
"""


@pytest.fixture
def environment(home: Path, prefect_server: None) -> dict[str, str]:
    from prefect.settings import get_current_settings

    (home / "profiles" / "runs").mkdir(parents=True)
    (home / "profiles" / "runs" / "killed.yaml").write_text(PROFILE)
    return os.environ | {"PREFECT_API_URL": str(get_current_settings().api.url)}


def landed(home: Path, table: str) -> Callable[[], bool]:
    """Whether rows of a table wait for the loader."""

    def waits() -> bool:
        with suppress(FileNotFoundError):  # renamed or loaded under our eyes
            return any(path.stat().st_size > 0 for path in (home / "landing" / table).glob("*.[jp]*"))
        return False

    return waits


def kill_when(happened: Callable[[], bool], stage: str, environment: dict[str, str]) -> None:
    process = subprocess.Popen([COMMAND, stage, "--profile", "killed"], env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 180
    while not happened() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    assert process.poll() is None, f"{stage} was over before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def count(sql: str) -> int:
    return int(read(sql).item(0, 0))


def test_a_killed_stage_goes_on_where_it_was(home: Path, environment: dict[str, str]) -> None:
    ingest(profile="killed")
    assert count("select count(distinct question_id) from question") == QUESTIONS

    kill_when(landed(home, "journal"), "collect", environment)
    load_landing()
    answered_before = count("select count(*) from response")
    collect(profile="killed")
    assert answered_before < QUESTIONS * MODELS
    assert count("select count(*) from response") == QUESTIONS * MODELS
    assert count("select count(*) from call where error_kind is null") == QUESTIONS * MODELS
    assert count("select count(distinct request_key) from call where error_kind is null") == QUESTIONS * MODELS

    kill_when(landed(home, "score"), "score", environment)
    score(profile="killed")
    assert count("select count(*) from score") == QUESTIONS * MODELS
    assert count("select count(distinct response_id) from score") == QUESTIONS * MODELS
    assert not [path for path in (home / "landing").rglob("*.parquet") if path.is_file()]

"""Ctrl-C and SIGTERM on a command that asks models: one line, the shells' exit code, nothing that was paid is lost."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from flows.collect import collect
from tests.local_openai import LocalOpenAI, local_openai
from tests.small_world import put_sums
from warehouse.connect import read
from warehouse.writer import load_landing

pytestmark = pytest.mark.e2e
COMMAND = str(Path(sys.executable).with_name("concertino"))
N = 60
KEPT = re.compile(r"concertino: stopped after (\d+) answers \(\$0\.\d{4,}\); the same command continues")


@pytest.fixture
def server() -> Iterator[LocalOpenAI]:
    with local_openai() as state:
        yield state


@pytest.fixture
def command(home: Path, server: LocalOpenAI) -> list[str]:
    """Collect of sixty questions on a model that answers slowly, two at a time."""
    put_sums(N, "synthetic-sums")
    model = {
        "model_name": "m",
        "litellm_params": {"model": "openai/m", "api_base": server.api_base, "api_key": "none", "max_tokens": 100},
        "model_info": {"input_cost_per_token": 1e-4, "output_cost_per_token": 1e-4},
    }
    pool = home / "mine.yaml"
    pool.write_text(json.dumps({"model_list": [model], "provider_limits": {"openai": {"concurrency": 2}}}))
    return [COMMAND, "collect", "--pool", str(pool)]


def start(command: list[str]) -> subprocess.Popen[str]:
    """In a process group of its own, as a shell starts it; no Prefect server is known."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 180
    while not happened() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()


@pytest.mark.parametrize(("number", "times", "code"), [(signal.SIGINT, 1, 130), (signal.SIGTERM, 2, 143)])
def test_one_line_and_what_was_paid_is_kept(
    command: list[str], server: LocalOpenAI, prefect_server: None, number: signal.Signals, times: int, code: int
) -> None:
    server.latency_s = 0.3
    process = start(command)
    wait_for(lambda: server.answered.total() > 4, process)
    for _ in range(times):  # `timeout` signals the process and then its group
        os.killpg(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert "Traceback" not in said
    found = KEPT.fullmatch(said.strip().splitlines()[-1])
    assert found, said
    load_landing()
    kept = read("select count(*) from response").item()
    assert kept == int(found[1]) == server.answered.total() < N
    assert read("select status from run").item() != "running"

    server.latency_s = 0.0
    collect(pool=command[-1])
    assert server.answered.total() == read("select count(*) from response").item() == N


def test_the_second_ctrl_c_ends_at_once_and_a_hanging_provider_keeps_nobody(
    command: list[str], server: LocalOpenAI
) -> None:
    server.faults["m"].extend(["timeout"] * N)
    process = start(command)
    wait_for(lambda: server.in_flight > 0, process)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.6)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip().splitlines()[-1].startswith("concertino: stopped")
    assert "Traceback" not in said


def test_a_signal_while_nothing_runs_yet_is_one_line(command: list[str]) -> None:
    process = start([sys.executable, "-m", "flows", "collect", "--pool", command[-1]])
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (143, -signal.SIGTERM)  # before Python ran a line of ours, the default acts
    assert "Traceback" not in said


def test_a_signal_within_a_query_is_one_line_and_the_query_ends(home: Path) -> None:
    duckdb.connect(str(home / "published.duckdb")).close()
    process = start([COMMAND, "sql", "select count(*) from range(1000000000000) a(i) where i * 7 % 11 = 3"])
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=5)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.splitlines()[-1:]) == (130, ["concertino: stopped; the same command continues"])
    assert "Traceback" not in said


def test_one_signal_that_is_heard_late_is_one() -> None:
    code = (
        "import hashlib; from tasks.stopping import gently, listen; listen(); print('begun', flush=True)\n"
        "with gently(lambda: print('heard', flush=True)):\n"
        "    hashlib.pbkdf2_hmac('sha256', b'deaf', b'for seconds', 4_000_000)\n"
        "    print('went on', flush=True)\n"
    )
    process = start([sys.executable, "-c", code])
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    told, said = process.communicate(timeout=60)
    assert told.splitlines() == ["heard", "went on"]
    assert "at once" not in said

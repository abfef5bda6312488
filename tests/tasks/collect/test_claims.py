"""Two processes that ask the same questions pay once, also when one of them dies under it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from profiles.schema import Pool
from tasks.collect.claims import Claims, booked
from tests.local_openai import LocalOpenAI
from warehouse.connect import read
from warehouse.writer import load_landing

Ask = Callable[..., pl.DataFrame]
Pools = Callable[..., Pool]
KEYS = [f"{number:064x}" for number in range(1 << 60, (1 << 60) + 3)]

# What the flow does, without Prefect; it says when it is ready, and begins when it is told to.
COLLECT = """
import json, sys
from profiles.load import load_pool
from tasks.collect.client import Client, load_cache
from tasks.collect.collection import collected
from tasks.collect.plan import questions_of, requests_for

questions, pool = questions_of(["synthetic-*"]), load_pool(sys.argv[1])
client = Client(pool, sys.argv[2], 100.0, 4, load_cache(["synthetic-*"]))
wanted = requests_for(questions, pool)
parts = [client.missing(wanted)]
print("ready", flush=True)
sys.stdin.readline()
answered = sum(hasattr(one, "text") for part in collected(client, parts) for one in part)
print(json.dumps([len(wanted), answered, client.tally.answered, client.tally.cached]), flush=True)
"""


def start(pool: Path, run: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", COLLECT, str(pool), run]
    root = Path(__file__).parents[3]
    return subprocess.Popen(command, cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


@pytest.fixture
def pool_file(http_pool: Pools, tmp_path: Path) -> Path:
    path = tmp_path / "two.yaml"
    path.write_text(http_pool("m", "n").model_dump_json())
    return path


def test_two_processes_pay_once(ask_questions: Ask, pool_file: Path, server: LocalOpenAI) -> None:
    ask_questions(60)
    server.latency_s = 0.02
    both = start(pool_file, "one"), start(pool_file, "other")
    go(*both)
    told = [json.loads(process.communicate(timeout=400)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(server.asked.values()) == 120
    assert [(wanted, answered) for wanted, answered, *_ in told] == [(120, 120), (120, 120)]
    assert sum(own for *_, own, _ in told) == 120
    load_landing()
    assert read("select count(*), count(distinct request_key) from call where error_kind is null").row(0) == (120, 120)


def test_a_dead_processes_claims_are_free(ask_questions: Ask, pool_file: Path, server: LocalOpenAI) -> None:
    ask_questions(30)
    server.latency_s = 0.1
    dead, alive = start(pool_file, "dead"), start(pool_file, "alive")
    go(dead, alive)
    while server.answered.total() < 15:
        assert dead.poll() is None
        time.sleep(0.01)
    os.kill(dead.pid, signal.SIGKILL)
    dead.communicate()
    wanted, answered, *_ = json.loads(alive.communicate(timeout=400)[0])
    assert (alive.returncode, wanted, answered) == (0, 60, 60)
    assert sum(server.asked.values()) <= 60 + 4  # what was in flight at the kill


def test_a_claim_is_one_claimants_until_it_is_given_back(home: Path) -> None:
    async def run() -> list[str]:
        seen: list[str] = []

        async def claim(name: str, key: str) -> None:
            async with Claims().of(key):
                seen.append(f"{name} begins")
                await asyncio.sleep(0.05)
                seen.append(f"{name} ends")

        await asyncio.gather(claim("first", KEYS[0]), claim("second", KEYS[0]))
        return seen

    assert asyncio.run(run()) == ["first begins", "first ends", "second begins", "second ends"]


def test_news_are_what_was_booked_since(home: Path) -> None:
    early = Claims()
    early.add(KEYS[0])
    late = Claims(booked())
    early.add(KEYS[1])
    assert list(early.news()) == KEYS[:2]
    assert list(late.news()) == [KEYS[1]]
    assert list(late.news()) == []


def test_the_file_is_emptied_by_who_opens_it_alone(home: Path) -> None:
    program = f"from tasks.collect.claims import Claims, booked; print(booked()); Claims().add('{KEYS[0]}')"
    told = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True) for _ in "ab"]
    assert [one.stdout.strip() for one in told] == ["0", "0"], "nobody else is there"
    Claims().add(KEYS[1])
    third = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert third.stdout.strip() == "32", "we read from where we were"
    assert booked() == 64

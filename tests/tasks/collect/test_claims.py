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
from tasks.collect.claims import Claims
from tasks.collect.client import Client, load_cache
from tasks.collect.plan import questions_of, requests_for
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


def test_a_claim_tells_whether_somebody_has_an_answer(home: Path) -> None:
    async def run() -> list[bool]:
        first, told = Claims(), []
        async with first.of(KEYS[0]) as answered:
            told.append(answered)
            first.keep(KEYS[0])
        asyncio.get_running_loop().call_later(0.1, first.landed)
        for key in (KEYS[0], KEYS[1]):
            async with Claims().of(key) as answered:
                told.append(answered)
        return told

    assert asyncio.run(run()) == [False, True, False]


def test_who_begins_before_an_answer_is_landed_does_not_pay_it_again(
    ask_questions: Ask, http_pool: Pools, server: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.collect.ledger.CHUNK_SECONDS", 0.2)
    ask_questions(3)
    pool = http_pool("m")
    wanted = requests_for(questions_of(["synthetic-*"]), pool)

    async def both() -> list[object]:
        async with Client(pool, "one", 1.0, cache=load_cache(["synthetic-*"])) as one:
            first = await one.ask_all(wanted)
            async with Client(pool, "other", 1.0, cache=load_cache(["synthetic-*"])) as other:
                return [first, await other.ask_all(wanted)]

    first, second = asyncio.run(both())
    assert server.asked == {"m": 3}
    assert [one.text for one in first] == [one.text for one in second]


def test_an_empty_answer_of_a_process_that_runs_is_asked_again_where_one_says_so(
    ask_questions: Ask, http_pool: Pools, server: LocalOpenAI
) -> None:
    ask_questions(2)
    pool = http_pool("m")
    wanted = requests_for(questions_of(["synthetic-*"]), pool)
    server.says = lambda body: ""

    async def run() -> list[object]:
        async with Client(pool, "one", 1.0, cache=load_cache(["synthetic-*"])) as one:
            await one.ask_all(wanted)
            one.flush()
            server.says = lambda body: "so"
            again = load_cache(["synthetic-*"], retry_empty=True)
            async with Client(pool, "other", 1.0, cache=again) as other:
                return list(await other.ask_all(wanted))

    assert [getattr(one, "text", one) for one in asyncio.run(run())] == ["so", "so"]
    assert server.asked == {"m": 4}


_TOLD = """
import asyncio, sys
from tasks.collect.claims import Claims
async def run():
    claims = Claims()
    async with claims.of(sys.argv[1]) as answered:
        claims.keep(sys.argv[1])
    print(answered)
asyncio.run(run())
"""


def test_the_file_is_emptied_by_who_opens_it_alone(home: Path) -> None:
    def told() -> str:
        command = [sys.executable, "-c", _TOLD, KEYS[0]]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    async def open_it() -> None:
        async with Claims().of(KEYS[1]):
            pass

    assert [told(), told()] == ["False", "False"], "nobody else is there"
    asyncio.run(open_it())
    assert [told(), told()] == ["False", "True"], "we are"

"""Two processes that ask the same pay once, in one home or in two of one lake, also when one of them dies under it."""

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
from tasks.collect.cache import load_cache
from tasks.collect.claims import Claims, claims
from tasks.collect.client import Client
from tasks.collect.ledger import load_calls
from tasks.collect.plan import questions_of, requests_for
from tests.local_openai import LocalOpenAI
from warehouse.connect import read

Ask = Callable[..., pl.DataFrame]
Pools = Callable[..., Pool]
KEYS = [f"{number:064x}" for number in range(1 << 60, (1 << 60) + 3)]

# What the flow does, without Prefect; it says when it is ready, and begins when it is told to.
COLLECT = """
import json, os, sys, threading, time
from profiles.load import load_pool
from tasks.collect import lake_claims
from tasks.collect.cache import load_cache
from tasks.collect.client import Client
from tasks.collect.collection import collected
from tasks.collect.plan import questions_of, requests_for

lake_claims.SHARED_EVERY_S = float(os.environ.get("SHARED_EVERY_S", 0.5))
questions, pool = questions_of(["synthetic-*"]), load_pool(sys.argv[1])
client = Client(pool, sys.argv[2], 100.0, 4, load_cache(["synthetic-*"]))
wanted = requests_for(questions, pool)
parts = [client.missing(wanted)]
def keep_the_journal_open():  # as a process does that dies slowly, when its claims are free
    while not any("/journal/" in os.path.realpath(f"/proc/self/fd/{number}") for number in range(64)):
        time.sleep(0.01)
    if os.fork() == 0:
        own = os.getppid()
        while os.getppid() == own:
            time.sleep(0.01)
        time.sleep(float(sys.argv[3]))
        os._exit(0)

print("ready", flush=True)
sys.stdin.readline()
if sys.argv[3:]:
    threading.Thread(target=keep_the_journal_open).start()
answered = sum(hasattr(one, "text") for part in collected(client, parts) for one in part)
print(json.dumps([len(wanted), answered, client.tally.answered, client.tally.cached]), flush=True)
"""


def start(pool: Path, run: str, home: Path, *dies_in_s: str) -> subprocess.Popen[str]:
    command, own = (
        [sys.executable, "-c", COLLECT, str(pool), run, *dies_in_s],
        os.environ | {"CONCERTINO_HOME": str(home)},
    )
    root = Path(__file__).parents[3]
    return subprocess.Popen(command, cwd=root, env=own, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


@pytest.fixture
def pool_file(http_pool: Pools, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "two.yaml"
    path.write_text(http_pool(f"m-{request.node.name}", f"n-{request.node.name}").model_dump_json())
    return path


def test_two_processes_pay_once(homes: list[Path], ask_questions: Ask, pool_file: Path, server: LocalOpenAI) -> None:
    ask_questions(60)
    server.latency_s = 0.02
    both = [start(pool_file, run, home) for run, home in zip(("one", "other"), homes, strict=True)]
    go(*both)
    told = [json.loads(process.communicate(timeout=400)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    n = server.asked.total()
    assert [(wanted, answered) for wanted, answered, *_ in told] == [(n, n), (n, n)]
    assert sum(own for *_, own, _ in told) == n >= 120
    load_calls()
    paid = "select count(*), count(distinct request_key) from call where error_kind is null and run_id like 'o%'"
    assert read(paid).row(0) == (n, n)


def test_a_dead_processes_claims_are_free(
    homes: list[Path], ask_questions: Ask, pool_file: Path, server: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_questions(30)
    server.latency_s = 0.1
    dead, alive = start(pool_file, "dead", homes[0], "0.8"), start(pool_file, "alive", homes[1])
    go(dead, alive)
    while server.answered.total() < 15:
        assert dead.poll() is None
        time.sleep(0.01)
    os.kill(dead.pid, signal.SIGKILL)
    lost = server.answered.total() if homes[0] != homes[1] else 0  # with its home
    dead.communicate()
    wanted, answered, *_ = json.loads(alive.communicate(timeout=400)[0])
    assert (alive.returncode, answered) == (0, wanted)
    assert server.asked.total() <= wanted + lost + 4  # what was in flight at the kill
    booked = "select count(*), count(*) filter (error_kind = 'unknown') from call where run_id in ('dead', 'alive')"
    for home in reversed(homes):  # what is lost is booked by who asks it again, and once more is not, should it come
        monkeypatch.setenv("CONCERTINO_HOME", str(home))
        load_calls()
        n, unknown = read(booked).row(0)
        assert 0 <= n - server.asked.total() <= 4  # noted, and killed before it was asked
    assert unknown <= 4


def test_a_claim_is_one_claimants_until_it_is_given_back(homes: list[Path]) -> None:
    async def run() -> list[str]:
        seen: list[str] = []

        async def claim(key: str) -> None:
            own = claims()
            async with own.of(key):
                seen.append("begins")
                await asyncio.sleep(0.05)
                seen.append("ends")
            await own.close()

        await asyncio.gather(claim(KEYS[0]), claim(KEYS[0]))
        return seen

    assert asyncio.run(run()) == ["begins", "ends"] * 2


def test_a_claim_tells_whether_somebody_has_an_answer(homes: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.collect.lake_claims.SHARED_EVERY_S", 0.1)

    async def run() -> list[bool]:
        first, second, told = claims(), claims(), []
        async with first.of(KEYS[1]) as answered:
            told.append(answered)
            first.keep(KEYS[1], {})
        asyncio.get_running_loop().call_later(0.1, first.landed)
        for key in KEYS[1:]:
            async with second.of(key) as answered:
                told.append(answered)
        await asyncio.gather(first.close(), second.close())
        return told

    assert asyncio.run(run()) == [False, True, False]


def test_what_is_given_up_while_it_waits_is_nobodys(homes: list[Path]) -> None:
    async def run() -> None:
        first, second, third = claims(), claims(), claims()

        async def claim() -> None:
            async with second.of(KEYS[0]):
                raise AssertionError("the first has it")

        async with first.of(KEYS[0]):
            waiting = asyncio.create_task(claim())
            await asyncio.sleep(0.1)
            waiting.cancel()
            assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)
        async with third.of(KEYS[0]):
            pass
        await asyncio.gather(first.close(), second.close(), third.close())

    asyncio.run(asyncio.wait_for(run(), 60))


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
        claims.keep(sys.argv[1], {})
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


def test_whoever_may_write_the_home_may_claim_and_recover(absent_home: Path) -> None:
    told = """
import os
from tasks.collect.claims import _opened
from tasks.collect.ledger import Ledger
from warehouse.settings import settings
os.umask(0o002)
_opened(settings().root / "claims")
Ledger()
"""
    subprocess.run([sys.executable, "-c", told], check=True)
    files = [absent_home / "claims", *(absent_home / "landing" / "journal").iterdir()]
    assert [oct(file.stat().st_mode & 0o666) for file in files] == ["0o664"] * 2

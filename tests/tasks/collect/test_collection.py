"""Collecting from synchronous code: chunks, the cap, and a kill -9 in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from profiles.load import load_pool
from profiles.schema import Pool
from tasks.collect.cache import load_cache
from tasks.collect.client import Client
from tasks.collect.collection import collected
from tasks.collect.plan import questions_of, requests_for
from tasks.collect.record import Request
from tests.local_openai import LocalOpenAI
from warehouse.connect import read
from warehouse.errors import BudgetExceeded
from warehouse.settings import settings
from warehouse.writer import load_landing

Ask = Callable[..., pl.DataFrame]
Pools = Callable[..., Pool]

# What the flow does, without Prefect.
COLLECT = """
import sys
from profiles.load import load_pool
from tasks.collect.chunk import Chunk, ask_chunk, wanted_rows
from tasks.collect.plan import missing_of, questions_of, requests_for
from tasks.collect.shares import Share

questions, pool = questions_of(["synthetic-*"]), load_pool(sys.argv[1])
missing = missing_of(pool, requests_for(questions, pool), ["synthetic-*"])
outcome, _ = ask_chunk(Chunk(Share(sys.argv[2], pool, 100.0), questions, wanted_rows(missing)))
"""


def kill(pool: Path, run: str, ready: Callable[[], bool]) -> None:
    """Collect in another process, and kill -9 it as soon as it is ready for that."""
    process = subprocess.Popen([sys.executable, "-c", COLLECT, str(pool), run], cwd=Path(__file__).parents[3])
    deadline = time.monotonic() + 120
    while not ready():
        assert process.poll() is None, "the process to kill is gone"
        assert time.monotonic() < deadline, "the process to kill did not get going"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def collect_rest(pool: Path, run: str) -> int:
    """The same again, in this process; how many answers were asked for."""
    scope: dict[str, Any] = {"__name__": "collect"}
    arguments = sys.argv
    sys.argv = ["collect", str(pool), run]
    try:
        exec(COLLECT, scope)
    finally:
        sys.argv = arguments
    return int(scope["outcome"].tally.answered)


def slow_pool(path: Path, faults: str = "{}") -> Pool:
    """Four simulated models that take a while."""
    models = "\n".join(
        f"  - model_name: m{i}\n    litellm_params:\n      model: synthetic/m{i}\n"
        f"      simulation: {{latency_s: 0.03, faults: {faults}}}\n"
        "    model_info: {input_cost_per_token: 1.0e-6, output_cost_per_token: 1.0e-6}"
        for i in range(4)
    )
    path.write_text(f"name: slow\nmodel_list:\n{models}\n")
    return load_pool(str(path))


def test_kill_9_loses_nothing_and_pays_nothing_twice(ask_questions: Ask, tmp_path: Path) -> None:
    ask_questions(150)
    path = tmp_path / "slow.yaml"
    pool = slow_pool(path, "{rate_limit: 0.1, garbage: 0.05}")
    wanted = len(requests_for(questions_of(["synthetic-*"]), pool))
    landed = settings().landing / "response"
    kill(path, "killed", lambda: len(list(landed.glob("*.parquet"))) >= 2)
    known = len(load_cache(["synthetic-*"]))
    assert 0 < known < wanted, "the kill came too late to show anything"
    assert collect_rest(path, "rest") == wanted - known
    load_landing()
    paid = read("select request_key, count(*) as n from call where error_kind is null group by all")
    assert paid.height == wanted
    assert paid["n"].unique().to_list() == [1]
    answered = read("select question_id, model, count(*) as n from response group by all")
    assert answered.height == wanted
    assert answered["n"].unique().to_list() == [1]
    runs = read("select run_id, count(*) from response group by all").rows()
    assert {run for run, _ in runs} == {"killed", "rest"}


def test_a_killed_process_repeats_only_what_was_in_flight(
    ask_questions: Ask, http_pool: Pools, server: LocalOpenAI, tmp_path: Path
) -> None:
    """The server's own count: an answer that reached the client is never fetched again, landed or not."""
    ask_questions(80)
    server.latency_s = 0.1
    path = tmp_path / "local.yaml"
    path.write_text(http_pool("m", max_parallel_requests=4).model_dump_json())
    kill(path, "killed", lambda: server.answered.total() >= 30)
    collect_rest(path, "rest")
    assert len(server.answered) == 80
    assert server.answered.total() - 80 <= 4
    load_landing()
    assert read("select count(*) from response").item() == 80


def test_the_cap_stops_between_parts_and_keeps_what_is_paid(ask_questions: Ask, http_pool: Pools) -> None:
    questions, pool = ask_questions(300), http_pool("m", "n", max_tokens=100)
    client, wanted = Client(pool, "run", 0.002), requests_for(questions, pool)
    with pytest.raises(BudgetExceeded), closing(collected(client, [wanted[:256], wanted[256:]])) as parts:
        for _ in parts:
            pass
    load_landing()
    calls = read("select sum(cost_usd) as spent, count(*) as n from call").row(0, named=True)
    assert 0 < calls["spent"] <= 0.002
    assert read("select count(*) from response").item() == calls["n"] == client.tally.answered < 600
    assert client.tally.cost_usd == pytest.approx(calls["spent"])


def test_parts_come_back_in_order_and_count(ask_questions: Ask, http_pool: Pools, server: LocalOpenAI) -> None:
    questions, pool = ask_questions(10), http_pool("m", "n")
    wanted = requests_for(questions, pool)
    parts = [wanted[start : start + 3] for start in range(0, len(wanted), 3)]
    seen = 0

    def step(request: Request) -> None:
        nonlocal seen
        seen += 1

    answers = [answer for part in collected(Client(pool, "run", 1.0), parts, step) for answer in part]
    assert [(answer.question_id, answer.model) for answer in answers] == [(r.question_id, r.model) for r in wanted]  # type: ignore[union-attr]
    assert seen == len(wanted) == len(server.bodies)

"""Four runs on three workers, Prefect's server killed and its database cut in the middle: complete, and paid once."""

import asyncio
import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from tests.collaborate_world import says
from tests.local_openai import LocalOpenAI, local_openai
from tests.local_servers import postgres
from tests.running_apart import hosts
from tests.running_up import Running, deployment, ends_of, final_state, post, wait_for
from tests.small_world import MODELS, put_profiles
from warehouse.connect import read

pytestmark = pytest.mark.e2e
PASSWORD = "between-us-4711"
HOSTS = ("north", "south", "west")
RUNS, QUESTIONS = 4, 16
ASKED = RUNS * QUESTIONS * len(MODELS)
AWAY_S = 5
CUTS = 5


def put_runs(home: Path, server: LocalOpenAI) -> list[str]:
    """Profiles of so many questions each, to models on a server; one of the models aggregates."""
    names = [f"topic-{number}" for number in range(RUNS)]
    for name in names:
        rows = [
            {"question": f"{name}: town {i} or {i + 1}?", "ground_truth": f"town {i % 7}"} for i in range(QUESTIONS)
        ]
        (home / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    served = {"api_base": server.api_base, "api_key": "none", "max_tokens": 50, "max_parallel_requests": 2}
    prices = {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6, "logprobs": True}
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", **served}, "model_info": prices}
        for name in MODELS
    ]
    shared = {"title": "t", "source": "questions", "pool": "served", "collect": True, "seeds": [0], "routers": ["knn"]}
    shared |= {"presets": ["quick"], "judged_system": "quick", "budget_usd": 1.0}
    put_profiles(
        home,
        runs={name: shared | {"path": f"{home}/{name}.jsonl", "datasets": [name]} for name in names},
        pools={"served": {"aggregator": "tutti", "model_list": models}},
        presets={"quick": {"title": "t", "k": 10, "max_tokens": 50, "keep": 2, "candidates": 2, "wave": 1}},
        datasets={"topics": {"match": "topic-*", "title": "t", "scorer": "exact"}},
    )
    return names


async def cut(database: str) -> int:
    """End all sessions of others; how many."""
    con = await asyncpg.connect(database.replace("+asyncpg", ""), password=PASSWORD)
    try:
        ended = "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid()"
        return int(await con.fetchval(f"{ended} and backend_type = 'client backend'"))
    finally:
        await con.close()


def test_four_runs_on_three_workers_end_complete_though_server_and_database_go(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with postgres(PASSWORD) as database, local_openai() as server, hosts(tmp_path, database) as there:
        server.says, server.latency_s = says, 0.5
        names = put_runs(home, server)
        prefect = there.server()
        there.deploy(home)
        for host in HOSTS:
            there.worker(host, home=home)
        logs = [there.log(host) for host in HOSTS]
        running = Running(there.url, there.environment, home, prefect)
        at = deployment(running, "run/all-stages-once")["id"]
        runs = [
            post(running, f"deployments/{at}/create_flow_run", parameters={"profile": name})["id"] for name in names
        ]

        wait_for(lambda: server.asked.total() > ASKED / 4, 240, *logs)
        server.held = True
        os.kill(prefect.pid, signal.SIGKILL)
        prefect.wait()
        time.sleep(AWAY_S)
        assert server.asked.total() < ASKED, "in the middle of collect"
        server.held = False
        there.server()
        wait_for(lambda: server.asked.total() > ASKED, 240, *logs)
        for _ in range(CUTS):
            assert asyncio.run(cut(database))
            time.sleep(1)

        states = [final_state(running, one, 600, *logs) for one in runs]
        assert states == ["Completed"] * RUNS, ends_of(logs)
    calls = read("select * from call")
    assert calls["request_key"].n_unique() == len(calls) == server.asked.total(), "paid once, and booked"
    assert Counter(calls["purpose"])["answer"] == ASKED < len(calls), "collaborate asked, too"
    assert set(read("select status from run")["status"]) == {"completed"}
    assert read("select count(distinct profile) from leaderboard").item() == RUNS

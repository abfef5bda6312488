"""Nights with a server of our own whose best model turns bad after the first: seen, named, and told everywhere."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

from flows.nightly import nightly
from tasks.measure.decided import load_decision
from tests.local_openai import LocalOpenAI, local_openai
from warehouse.connect import read
from warehouse.errors import Refused, UserError

N = 80
MODELS = {"best": 10, "fair": 2, "poor": 3}
PROFILE = """
title: sums of our own
source: questions
path: {home}/own-sums.jsonl
datasets: ["own-sums"]
pool: own
collect: true
budget_usd: 1.0
refresh: {{share: 0.5, at_least: 10, max_age_days: 30}}
presets: []
routers: [knn]
judged_system: knn
"""


def says(body: dict[str, Any], bad: frozenset[str]) -> str:
    """What a model answers: best is wrong on every tenth question, fair right on every second, poor on every third."""
    number, right = int(re.search(r"\d+", body["messages"][-1]["content"])[0]), 3  # type: ignore[index]
    knows = {"best": number % 10 != 0, "fair": number % 2 == 0, "poor": number % 3 == 0}[body["model"]]
    return f"Answer: {number + right if knows and body['model'] not in bad else -1}"


@pytest.fixture
def server() -> Iterator[LocalOpenAI]:
    with local_openai() as state:
        state.says = lambda body: says(body, frozenset())
        yield state


@pytest.fixture
def world(home: Path, server: LocalOpenAI) -> Path:
    for folder in ("pools", "runs", "datasets"):
        (home / "profiles" / folder).mkdir(parents=True)
    asked = [{"question": f"What is {i} plus 3?", "ground_truth": str(i + 3)} for i in range(N)]
    pl.DataFrame(asked).write_ndjson(home / "own-sums.jsonl")
    (home / "profiles" / "datasets" / "own.yaml").write_text("match: own-*\nscorer: math\n")
    (home / "profiles" / "runs" / "own.yaml").write_text(PROFILE.format(home=home))
    models = [
        {
            "model_name": name,
            "litellm_params": {"model": f"openai/{name}", "api_base": server.api_base, "api_key": "k"},
            "model_info": {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
        }
        for name in MODELS
    ]
    (home / "profiles" / "pools" / "own.yaml").write_text(json.dumps({"model_list": models}))
    return home


def state_of(run_id: str) -> Any:
    """The final state of a run's flow run in Prefect."""
    flow_run = read("select flow_run_id from run where run_id = $run", {"run": run_id}).item()
    with get_client(sync_client=True) as client:
        [found] = client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run])))
    return found.state


def events(name: str, seconds: float = 60) -> list[dict[str, Any]]:
    """Events of a name at the server, which takes them in batches."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with get_client(sync_client=True) as client:
            url = str(client.api_url).rstrip("/")
        reply = httpx.post(f"{url}/events/filter", json={"filter": {"event": {"name": [name]}}}, timeout=30).json()
        if reply["events"]:
            return list(reply["events"])
        time.sleep(0.5)
    return []


def concertino(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("concertino")), *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment["CONCERTINO_HOME"] = str(home)
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment, check=False)


@pytest.mark.e2e
def test_a_model_that_turns_bad_is_seen_and_named(world: Path, server: LocalOpenAI, prefect_server: None) -> None:
    first = nightly(profile="own")
    assert Counter(body["model"] for body in server.bodies) == dict.fromkeys(MODELS, N)
    found = load_decision(first)
    assert found is not None
    assert (found.verdict, found.fresh.n_new, found.fresh.n_reused) == ("hold", 3 * N, 0)
    assert state_of(first).name == "Completed"

    server.bodies.clear()
    server.says = lambda body: says(body, frozenset({"best"}))
    second = nightly(profile="own")
    assert Counter(body["model"] for body in server.bodies) == dict.fromkeys(MODELS, N // 2)
    found = load_decision(second)
    assert found is not None
    assert (found.verdict, found.baseline_run_id) == ("regress", first), str(found)
    assert (found.fresh.n_new, found.fresh.n_reused) == (3 * N // 2, 3 * N // 2)
    assert [one.model for one in found.models if one.p_holm < 0.05] == ["best"]
    assert f"model best got worse by {100 * found.models[0].before:.1f} points" in found.reason
    state = state_of(second)
    assert (state.type, state.name, state.message) == ("COMPLETED", "Regress", str(found))
    [event] = events("concertino.decision.regress")
    assert event["resource"]["prefect.resource.id"] == "concertino.profile.own"
    assert event["payload"]["models"][0]["model"] == "best"
    paid = read("select count(*) - count(distinct request_key) from call where error_kind is null").item()
    assert paid == 0, "no request twice"

    _third_night_by_command(world, server, first)


def _third_night_by_command(world: Path, server: LocalOpenAI, first: str) -> None:
    server.bodies.clear()
    done = concertino(world, "nightly", "own", "--fail-on", "regress", "--json")
    assert done.returncode == 4, done.stderr
    decision = json.loads(done.stdout)["decision"]
    assert (decision["verdict"], decision["baseline_run_id"]) == ("regress", first)
    assert json.loads(done.stdout)["score_mode"] == "fixed"
    assert Counter(body["model"] for body in server.bodies) == dict.fromkeys(MODELS, N // 2)
    twice = read("select count(*) from response where refresh > 1").item()
    assert twice == 0, "the second half is asked before the first again"


@pytest.mark.e2e
def test_what_cannot_be_compared_is_refused_and_says_what_to_do(
    world: Path, server: LocalOpenAI, prefect_server: None
) -> None:
    profile = world / "profiles" / "runs" / "own.yaml"
    profile.write_text(profile.read_text().replace("share: 0.5, at_least: 10", "share: 0, at_least: 0"))
    nightly(profile="own")
    again = load_decision(nightly(profile="own"))
    assert again is not None
    assert (again.verdict, again.fresh.n_new, len(server.bodies)) == ("nothing new", 0, 3 * N)
    profile.write_text(profile.read_text() + "train_share: 0.5\n")
    with pytest.raises(Refused, match=r"question sets differ.*`concertino baseline"):
        nightly(profile="own")
    run_id = read("select arg_max(run_id, created_at) from decision").item()
    assert (state_of(run_id).type, state_of(run_id).name) == ("FAILED", "Refused")
    assert read("select status from run where run_id = $run", {"run": run_id}).item() == "completed"


def test_a_baseline_that_is_not_there_is_refused_before_the_night(home: Path) -> None:
    with pytest.raises(UserError, match="there is no run nosuch"):
        nightly(profile="demo", baseline="nosuch")
    assert read("select * from run").is_empty()

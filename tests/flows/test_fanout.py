"""Chunks on a real Dask cluster of two processes: asked once, within one budget, and a worker killed in the middle."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName

from profiles.load import load_pool, load_run
from profiles.schema import Pool
from tasks.bank.task import embed_questions
from tasks.collect.plan import questions_of
from tasks.collect.task import collect_answers
from tasks.judge.task import judge_answers
from tasks.recorded.task import flow
from tasks.route.task import route_questions, snapshot_outcomes
from tasks.score.task import score_responses
from tests import routing_world
from tests.collaborate_world import collaborated, make_world, says
from tests.fill import fill, questions, response
from tests.local_openai import LocalOpenAI
from tests.small_world import put_sums
from warehouse.connect import read
from warehouse.errors import BudgetExceeded, UserError
from warehouse.runs import start_run
from warehouse.writer import load_landing

pytest.importorskip("prefect_dask", reason="the extra `distributed` is not installed")
SAID = "select run_id, question_id, model, text, completion_tokens, cost_usd from response"
CALLS = (
    "select run_id, request_key, question_id, purpose, asked_model, prompt_tokens, completion_tokens, cost_usd, "
    "error_kind from call"
)
ALL = "order by all"


@flow(name="asking")
def asked(run_id: str, n: int, api_base: str, budget_usd: float = 1.0, **parameters: Any) -> None:
    """Ask two models the questions of a dataset that is named like the run, as the collect flow does."""
    dataset = f"synthetic-{run_id}"
    put_sums(n, dataset, f" ({run_id})")
    listed = [
        {
            "model_name": name,
            "litellm_params": {"model": f"openai/{name}", "api_base": api_base, "api_key": "none", **parameters},
            "model_info": {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6},
        }
        for name in ("m", "n")
    ]
    pool, spend = Pool.model_validate({"name": "two", "model_list": listed}), {"budget_usd": budget_usd}
    try:
        collect_answers(run_id, questions_of([dataset]), pool, [dataset], samples=1, concurrency=32, **spend)  # type: ignore[arg-type]
    finally:
        load_landing()


@flow(name="grading")
def graded(name: str) -> None:
    """Let the judge of a profile grade, as the score flow does."""
    judge_answers(name, load_run(name), load_pool(name))
    load_landing()


@flow(name="judging and embedding")
def judged_and_embedded(run_id: str, texts: list[str]) -> np.ndarray:
    """Judge what waits in a dataset that is named like the run, and embed texts, as the flows do."""
    assert not score_responses(run_id, [run_id])
    return embed_questions(run_id, texts, "minilm")


def of_run(table: str, run_id: str) -> pl.DataFrame:
    found = read(table).filter(pl.col("run_id") == run_id)
    return found.sort(found.columns)


def kill(workers: Any, server: LocalOpenAI, answered: int) -> None:
    while server.answered.total() < answered:
        time.sleep(0.02)
    os.kill(workers.workers[0].pid, signal.SIGKILL)


def chunks() -> dict[str, str | None]:
    """Name → state of this module's task runs, which the server learns of a moment later."""
    ours = FlowFilter(name=FlowFilterName(any_=["asking"]))
    until = time.monotonic() + 60
    while True:
        with get_client(sync_client=True) as client:
            found = {run.name: run.state_name for run in client.read_task_runs(flow_filter=ours)}
        if time.monotonic() > until or (found and "Running" not in found.values()):
            return found
        time.sleep(0.2)


def test_two_workers_ask_once_and_book_what_one_process_books(
    workers: Any, server: LocalOpenAI, home: Path, module_home: Path, prefect_server: None, monkeypatch: Any
) -> None:
    monkeypatch.setenv("CONCERTINO_HOME", str(module_home))
    asked("once", 50, server.api_base, max_parallel_requests=4)
    apart = of_run(SAID, "once"), of_run(CALLS, "once")
    assert server.asked == {"m": 50, "n": 50}
    assert server.most_in_flight <= 8, "each worker has two of the four places of a model"
    assert chunks() == {f"chunk-{number}": "Completed" for number in (1, 2)}
    server.reset()
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", "threads")
    monkeypatch.setenv("CONCERTINO_HOME", str(home))
    asked("once", 50, server.api_base, max_parallel_requests=4)
    assert server.asked == {"m": 50, "n": 50}
    for there, here in zip(apart, (of_run(SAID, "once"), of_run(CALLS, "once")), strict=True):
        assert there.equals(here)
        assert len(here) == 100


def test_collaboration_on_workers_with_a_cap_and_a_kill_ends_with_what_one_process_gives(
    workers: Any, server: LocalOpenAI, home: Path, module_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = [f"select * exclude (created_at) from collaboration where run_id = 'together' {ALL}"]
    everything += [f"select candidate.* from candidate join collaboration using (collaboration_id) {ALL}"]
    everything += [f"{CALLS} where run_id = 'together' and error_kind is null {ALL}"]
    everything += [f"select * exclude (scored_at) from score where run_id = 'together' {ALL}"]
    server.says, cap_usd = says, 0.01
    monkeypatch.setenv("CONCERTINO_HOME", str(module_home))
    make_world(module_home, "together", 160, server.api_base, max_parallel_requests=8)
    with pytest.raises(BudgetExceeded, match=r"the budget of \$0.01 is used up"):
        collaborated("together", cap_usd)
    paid = of_run(CALLS, "together")
    assert 0.8 * cap_usd < paid["cost_usd"].sum() <= cap_usd
    assert paid["request_key"].n_unique() == server.asked.total() == len(paid)
    assert server.most_in_flight <= 8, "each worker has four of the eight places of a model"
    killer = threading.Thread(target=kill, args=(workers, server, server.answered.total() + 20), daemon=True)
    killer.start()
    collaborated("together")
    killer.join(60)
    apart = [read(statement) for statement in everything]
    assert len(apart[2]) <= server.asked.total() <= len(of_run(CALLS, "together")) <= len(apart[2]) + 4, "in flight"
    assert apart[2]["request_key"].is_unique().all()
    assert set(apart[2]["purpose"]) == {"answer", "aggregate"}
    of_preset = apart[0].group_by("preset").len()["len"]
    assert (len(of_preset), of_preset.n_unique()) == (3, 1)
    assert of_preset[0] > 64, "a chunk for each worker"
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", "threads")
    monkeypatch.setenv("CONCERTINO_HOME", str(home))
    make_world(home, "together", 160, server.api_base, max_parallel_requests=8)
    collaborated("together")
    for there, here in zip(apart, [read(statement) for statement in everything], strict=True):
        assert there.equals(here)


def test_the_cap_holds_over_all_workers_and_is_used(workers: Any, server: LocalOpenAI) -> None:
    cap_usd = 0.0018
    with pytest.raises(BudgetExceeded, match=r"the budget of \$0.0018 is used up"):
        asked("cap", 80, server.api_base, cap_usd, max_tokens=100)
    calls = of_run(CALLS, "cap")
    assert 0.8 * cap_usd < calls["cost_usd"].sum() <= cap_usd, "what a share could not hold is asked with the rest"
    assert len(calls) == server.asked.total() < 160
    asked("cap", 80, server.api_base, max_tokens=100)
    assert server.asked.total() == 160


def test_a_worker_killed_in_the_middle_loses_nothing_and_repeats_what_was_in_flight(
    workers: Any, server: LocalOpenAI
) -> None:
    server.latency_s = 0.1

    killer = threading.Thread(target=kill, args=(workers, server, 20), daemon=True)
    killer.start()
    asked("kill", 80, server.api_base, max_parallel_requests=4)
    killer.join(60)
    assert len(server.answered) == 80
    assert 160 <= server.asked.total() <= 160 + 4, "two places of each of two models"
    assert len(of_run(SAID, "kill")) == 160
    booked = len(of_run(CALLS, "kill"))
    assert server.asked.total() <= booked <= 160 + 4, "what was in flight is booked, too, or was just about to be asked"


def test_fits_of_two_workers_route_as_fits_of_one_process(
    workers: Any, home: Path, module_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client

    def routed(folder: Path) -> list[pl.DataFrame]:
        monkeypatch.setenv("CONCERTINO_HOME", str(folder))
        routing_world.make_world(folder)
        run, pool = load_run("small"), load_pool("small")
        start_run("routed", "evaluate", parameters={}, profile="small", seeds=run.seeds)
        route_questions("routed", run, pool, snapshot_outcomes("routed", run, pool), ["knn"])
        load_landing()
        policies = "select policy_id, system, point, position from run_policy order by all"
        return [read("select * from route order by all"), read(policies)]

    there = routed(module_home)
    assert "knn" in there[1]["system"].to_list()
    with Client(workers) as client:
        assert any(client.run(lambda: "tasks.route.routers.knn" in sys.modules).values())
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", "threads")
    for apart, together in zip(there, routed(home), strict=True):
        assert apart.equals(together)


def test_two_workers_judge_and_embed_what_one_process_does(
    workers: Any, home: Path, module_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client

    keys = [f"judged {i}" for i in range(200)]

    def done(folder: Path) -> tuple[pl.DataFrame, Any]:
        monkeypatch.setenv("CONCERTINO_HOME", str(folder))
        fill(
            dataset=[{"dataset": "judged", "variant": "test", "source": "test", "scorer": "math"}],
            question=questions(*keys, dataset="judged", ground_truth="4"),
            response=[response(f"a{i}", key, text=f"\\boxed{{{i % 7}}}") for i, key in enumerate(keys)],
        )
        vectors = judged_and_embedded("judged", [f"How much is {key}?" for key in keys])
        load_landing()
        return read("select * exclude (scored_at) from score where run_id = 'judged' order by all"), vectors

    verdicts, vectors = done(module_home)
    assert verdicts["score"].sum() == 28
    with Client(workers) as client:
        for part in ("tasks.score.isolate", "sentence_transformers"):
            assert any(client.run(lambda name: name in sys.modules, part).values())
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", "threads")
    here, alone = done(home)
    assert here.equals(verdicts)
    np.testing.assert_allclose(vectors, alone, atol=1e-6)  # on some processors the last bits hang on the threads


def test_judges_that_are_models_are_asked_once_by_two_workers(
    workers: Any, server: LocalOpenAI, home: Path, module_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.says = lambda body: "Yes" if " 1" in body["messages"][-1]["content"] else "No"
    told = {"variant": "test", "source": "test", "scorer": "yes_no", "scorer_options": '{"model": "tutti"}'}
    keys = [f"graded {i}" for i in range(90)]

    def done(folder: Path) -> pl.DataFrame:
        monkeypatch.setenv("CONCERTINO_HOME", str(folder))
        make_world(folder, "graded", 0, server.api_base)
        fill(
            dataset=[{"dataset": "graded", **told}],
            question=questions(*keys, dataset="graded", ground_truth="4"),
            response=[response(f"of {key}", key, text=f"It is {key}.") for key in keys],
        )
        graded("graded")
        return read(f"select * exclude (scored_at) from score where run_id = 'graded' {ALL}")

    verdicts = done(module_home)
    assert verdicts["score"].sum() == 11
    assert server.asked == {"tutti": 90}
    assert of_run(CALLS, "graded")["purpose"].to_list() == ["judge"] * 90
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", "threads")
    assert done(home).equals(verdicts)
    assert server.asked == {"tutti": 180}


def test_workers_of_another_home_are_refused(workers: Any, home: Path, server: LocalOpenAI) -> None:
    with pytest.raises(UserError, match=f"start workers of this version with CONCERTINO_HOME={home}"):
        asked("elsewhere", 3, server.api_base)
    assert not server.bodies


def test_a_scheduler_that_is_not_there_is_one_sentence(
    home: Path, server: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", "dask://127.0.0.1:9")
    with pytest.raises(UserError, match="nobody answers at"):
        asked("nobody", 3, server.api_base)

"""The collect flow: answers in the warehouse, artifacts, an estimate, a clean stop at the cap, no key anywhere."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import ArtifactSort

from flows.collect import collect
from flows.command.app import app
from flows.ingest import ingest
from tests.local_openai import LocalOpenAI, local_openai
from tests.small_world import put_sums
from warehouse.connect import read
from warehouse.errors import BudgetExceeded, ProviderError

N = 6


@pytest.fixture
def questions(home: Path) -> None:
    """Six questions of the demo's kind."""
    put_sums(N)


@pytest.fixture
def server() -> Iterator[LocalOpenAI]:
    with local_openai() as state:
        yield state


def write_pool(home: Path, server: LocalOpenAI, api_key: str, *others: str) -> str:
    models = [
        {
            "model_name": name,
            "litellm_params": {
                "model": f"openai/{name}",
                "api_base": server.api_base,
                "api_key": api_key,
                "max_tokens": 100,
            },
            "model_info": {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
        }
        for name in ("m", *others)
    ]
    path = home / "mine.yaml"
    path.write_text(json.dumps({"model_list": models}))
    return str(path)


def artifact(key: str) -> Any:
    """The newest artifact of a key."""
    with get_client(sync_client=True) as client:
        newest_first = client.read_artifacts(sort=ArtifactSort.CREATED_DESC)
    return next(found for found in newest_first if found.key == key)


def test_the_demo_asks_every_model_once(questions: None, prefect_server: None) -> None:
    rows = collect(limit=5)
    assert rows["missing"] == []
    assert rows["response"] == 5 * 8
    assert rows["call"] >= 5 * 8
    assert rows["model"] == rows["price"] == 8
    assert read("select count(*) from model where synthetic").item() == 8
    assert "40 answered" in artifact("collect").data
    assert float(artifact("collect-progress").data) == 100.0
    assert read("select status from run").item() == "completed"
    again = collect(limit=5)
    assert "call" not in again
    assert artifact("collect").data.startswith("0 answered")
    assert "40 known" in artifact("collect").data


def test_an_estimate_asks_nothing(questions: None, prefect_server: None) -> None:
    estimate = collect(dry_run=True, samples=2)["estimate"]
    assert len(estimate) == 8
    assert all(row["calls"] == 2 * N and 0 < row["cost_usd"] < row["at_most_usd"] for row in estimate)
    assert read("select count(*) from call").item() == 0
    assert len(json.loads(artifact("collect-estimate").data)) == 8


def test_a_profile_of_recorded_answers_says_that_nothing_is_asked(home: Path, prefect_server: None) -> None:
    collect(profile="mmlu-pro-open")
    assert "nothing to collect" in artifact("collect").data


def test_the_cap_fails_the_flow_readably_and_keeps_what_is_paid(
    questions: None, home: Path, server: LocalOpenAI, prefect_server: None
) -> None:
    pool = write_pool(home, server, "none")
    with pytest.raises(BudgetExceeded):
        collect(pool=pool, budget_usd=0.00015)
    kept = read("select count(*) from response").item()
    assert 0 < kept < N
    assert artifact("collect").data.startswith(f"{kept} answered for $")
    status, message, flow_run_id = read("select status, message, flow_run_id from run").row(0)
    assert status == "stopped by budget"
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(flow_run_id).state
    assert state is not None
    assert (state.is_failed(), state.name, state.message) == (True, "StoppedByBudget", message)
    assert "raise the budget" in message
    assert collect(pool=pool)["response"] == N - kept
    assert len(server.bodies) == N


def test_a_key_from_a_secret_block_is_used_and_kept_nowhere(
    questions: None, home: Path, server: LocalOpenAI, prefect_server: None
) -> None:
    Secret(value="weird!key!of!mine").save("mine", overwrite=True)
    server.faults["m"].append("400")
    collect(pool=write_pool(home, server, "prefect-secret/mine"))
    assert server.keys == {"Bearer weird!key!of!mine"}
    assert "you sent" in read("select error_message from call where error_kind is not null").item()
    with get_client(sync_client=True) as client:
        stored = [client.read_flow_runs(), client.read_task_runs(), client.read_artifacts()]
    assert "weird!key" not in str(stored)
    assert all(b"weird!key" not in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_requests_that_failed_for_good_are_in_the_runs_state(
    questions: None, home: Path, server: LocalOpenAI, prefect_server: None
) -> None:
    server.faults["m"].extend(["400", "other_model"])
    assert collect(pool=write_pool(home, server, "none"))["response"] == N - 1
    status, message, flow_run_id = read("select status, message, flow_run_id from run").row(0)
    assert status == "completed"
    assert message == (
        "1 of 6 requests got no whole answer (m: 1 bad_request); another model than asked answered 1 (m 1)"
    )
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(flow_run_id).state
    assert state is not None
    assert (state.is_completed(), state.name, state.message) == (True, "CompletedWithFailures", message)


def test_a_model_that_answers_nothing_is_missing(
    questions: None, home: Path, server: LocalOpenAI, prefect_server: None, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults["m"].append("400")
    server.faults["bad"].extend(["401"] * 3 * N)
    for response in (N - 1, 1, 0):  # at last, all that is asked is the model that answers nothing
        with pytest.raises(SystemExit) as ended:
            app(["collect", "--pool", write_pool(home, server, "none", "bad"), "--json"])
        counts = json.loads(capsys.readouterr().out)
        assert (ended.value.code, counts.get("response", 0), counts["missing"]) == (
            3,
            response,
            [f"model bad: none of its requests was answered ({N} auth)"],
        )


def test_no_answer_at_all_is_a_failure_with_its_reason(
    questions: None, home: Path, server: LocalOpenAI, prefect_server: None
) -> None:
    server.faults["m"].extend(["400", *["401"] * 50])
    with pytest.raises(ProviderError, match=rf"{N} requests, none answered; .*; look at `api_key` in pool"):
        collect(pool=write_pool(home, server, "none"))
    assert set(read("select error_kind from call")["error_kind"]) == {"auth", "bad_request"}
    assert "**auth**" in artifact("collect").data


def test_importing_the_flow_is_light() -> None:
    heavy = "litellm", "torch", "great_expectations", "chromadb"
    program = f"import sys, flows.collect; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_file_under_another_name_is_a_dataset_whose_answers_are_known(
    home: Path, server: LocalOpenAI, prefect_server: None, tmp_path: Path
) -> None:
    (home / "profiles" / "runs").mkdir(parents=True)
    pool = write_pool(home, server, "none")
    lines = [json.dumps({"question": f"What is {i} plus {i}?", "ground_truth": str(2 * i)}) for i in range(N)]
    for name, kept in (("sums", lines), ("better-sums", lines[1:])):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(kept))
        profile = {"source": "questions", "path": str(tmp_path / f"{name}.jsonl")}
        profile |= {"title": name, "datasets": [name], "pool": pool, "collect": True, "presets": ["smcs-select"]}
        (home / "profiles" / "runs" / f"{name}.yaml").write_text(json.dumps(profile))
        ingest(profile=name)
        collect(profile=name)
    assert len(server.bodies) == N
    answered = "select dataset, count(*) from stg_current group by all order by all"
    assert read(answered).rows() == [("better-sums", N - 1), ("sums", N)]

"""`concertino up` as its users meet it: HTTP API, UI in a browser, artifacts, two processes at once."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.command.server import next_night
from tests.browser import CHROMIUM, QUIET
from tests.running_up import (
    COMMAND,
    HTTP,
    SMALL,
    Running,
    deployment,
    final_state,
    post,
    send,
    services,
    started,
    wait_for,
)
from warehouse.connect import read

pytestmark = pytest.mark.e2e
NIGHTLY = "nightly/all-stages-every-night"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("laptop")
    (home / "profiles" / "runs").mkdir(parents=True)
    (home / "profiles" / "runs" / "demo.yaml").write_text(SMALL)
    with started(home) as running:
        yield running


def test_the_next_night_is_scheduled_and_said(laptop: Running) -> None:
    told = re.search(
        r"next nightly: (\d{4}-\d\d-\d\d) 02:30 Europe/Berlin, run profile demo", (laptop.home / "up.log").read_text()
    )
    assert told, (laptop.home / "up.log").read_text()
    [run, *_] = post(
        laptop,
        "flow_runs/filter",
        sort="EXPECTED_START_TIME_ASC",
        deployments={"id": {"any_": [deployment(laptop, NIGHTLY)["id"]]}},
    )
    assert run["state"]["type"] == "SCHEDULED"
    due = datetime.fromisoformat(run["expected_start_time"]).astimezone(ZoneInfo("Europe/Berlin"))
    assert f"{due:%Y-%m-%d %H:%M}" == f"{told[1]} 02:30"
    looked = subprocess.run(
        [COMMAND, "doctor", "--json"], env=laptop.environment, capture_output=True, text=True, timeout=120
    )
    [schedule] = [one for one in json.loads(looked.stdout) if one["what"] == "nightly schedule"]
    assert schedule["ok"]
    assert told[0] in schedule["detail"]


def test_a_night_whose_worker_was_killed_does_not_cancel_the_next(laptop: Running) -> None:
    lost = post(laptop, f"deployments/{deployment(laptop, NIGHTLY)['id']}/create_flow_run")["id"]

    def taken() -> bool:
        state = HTTP.get(f"{laptop.url}/api/flow_runs/{lost}").json()["state"]["type"]
        return state in {"PENDING", "RUNNING"}

    wait_for(taken, 120, laptop.home / "prefect" / "worker.log")
    worker = services(laptop)["worker"]
    os.kill(worker, signal.SIGKILL)
    assert final_state(laptop, lost) == "Crashed"
    assert wait_for(lambda: services(laptop).get("worker"), 60) != worker


def test_a_deployment_triggered_over_http_completes_while_another_process_writes(laptop: Running) -> None:
    assert deployment(laptop, NIGHTLY)["schedules"][0]["schedule"]["timezone"] == "Europe/Berlin"
    started = subprocess.run(
        [sys.executable, "-m", "prefect", "deployment", "run", NIGHTLY, "-p", "minimum_effect=0.02"],
        env=laptop.environment | {"PREFECT_API_URL": f"{laptop.url}/api"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    flow_run = re.search(r"UUID: ([0-9a-f-]{36})", started.stdout)[1]  # type: ignore[index]
    beside = subprocess.run(
        [COMMAND, "ingest", "--json"], env=laptop.environment, capture_output=True, text=True, timeout=240
    )
    assert beside.returncode == 0, beside.stderr
    assert final_state(laptop, flow_run, 300) == "Completed"
    ran = HTTP.get(f"{laptop.url}/api/flow_runs/{flow_run}").json()
    assert ran["parameters"] == {"minimum_effect": 0.02}
    assert re.fullmatch(r"nightly-demo-\d{8}T\d{4}-[0-9a-f]{4}", ran["name"])
    [ingest] = post(laptop, "flow_runs/filter", flow_runs={"tags": {"all_": ["cli", "profile:demo"]}})
    assert ingest["name"].startswith("ingest-demo-")
    artifacts = {artifact["key"]: artifact for artifact in post(laptop, "artifacts/filter", limit=200)}
    assert {"leaderboard", "verdict", "dq-ingest", "report-link"} <= artifacts.keys()
    [link] = re.findall(r"\((http://127\.0\.0\.1:\d+/[^)]+)\)", artifacts["report-link"]["data"])
    page = HTTP.get(link)
    assert page.headers["content-type"] == "text/html"
    assert "<h1" in page.text
    counted = subprocess.run(
        [COMMAND, "sql", "select count(*) as n, count(distinct question_id) as distinct_n from question", "--json"],
        env=laptop.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    [row] = json.loads(counted.stdout)
    assert row["n"] == row["distinct_n"] == 16
    parts = post(laptop, "flow_runs/filter", flow_runs={"parent_flow_run_id": {"any_": [flow_run]}})
    logged = {"flow_run_id": {"any_": [flow_run, *(part["id"] for part in parts)]}}
    lines = [line["message"] for line in post(laptop, "logs/filter", logs=logged, limit=200)]
    assert any(re.match(r"evaluate +\d+\.\d s", line) for line in lines), lines


def test_what_was_edited_in_the_ui_survives_the_next_up(laptop: Running) -> None:
    known = deployment(laptop, NIGHTLY)
    [schedule] = known["schedules"]
    at = f"deployments/{known['id']}"
    newer_than_the_form = {"profile": "late", "minimum_effect": 0.05}
    edited = {"parameters": newer_than_the_form, "tags": ["nightly", "mine"]}
    send(laptop, "PATCH", at, edited)
    assert next_night(f"{laptop.url}/api", wait_s=90).endswith("02:30 Europe/Berlin, run profile late")
    cron = {"schedule": {"cron": "15 4 * * *", "timezone": "Europe/Paris"}, "active": False}
    send(laptop, "PATCH", f"{at}/schedules/{schedule['id']}", cron)
    before = deployment(laptop, NIGHTLY)
    again = subprocess.run(
        [sys.executable, "-m", "flows.command.deploy", str(ROOT / "prefect.yaml")],
        capture_output=True,
        text=True,
        timeout=120,
        env=laptop.environment | {"PREFECT_API_URL": f"{laptop.url}/api"},
    )
    assert again.returncode == 0, again.stderr
    after = deployment(laptop, NIGHTLY)
    kept = ("id", "parameters", "tags", "schedules", "paused", "concurrency_options")
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert after["parameters"] == edited["parameters"]
    assert after["schedules"][0]["schedule"]["cron"] == "15 4 * * *"
    assert not after["schedules"][0]["active"]
    send(laptop, "GET", "block_types/slug/secret/block_documents/name/concertino-example", None)
    runs = after["parameter_openapi_schema"]["properties"]["baseline"]["anyOf"][0]["enum"]
    assert len(runs) == 1, "the evaluated night is a choice of the form now"


def test_a_decision_reaches_a_webhook_by_an_automation(laptop: Running) -> None:
    heard: list[Any] = []

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

    chat = ThreadingHTTPServer(("127.0.0.1", 0), Chat)
    threading.Thread(target=chat.serve_forever, daemon=True).start()
    script = [sys.executable, str(ROOT / "docs" / "decision_webhook.py"), f"http://127.0.0.1:{chat.server_port}/hook"]
    made = subprocess.run(script, env=laptop.environment, capture_output=True, text=True, timeout=120)
    assert made.returncode == 0, made.stderr
    payload = {"profile": "demo", "verdict": "regress", "reason": 'smcs got "worse"'}

    def told() -> bool:
        resource = {"prefect.resource.id": "concertino.profile.demo"}
        now = datetime.now(UTC).isoformat()
        for word in ("hold", "regress"):
            event = {"event": f"concertino.decision.{word}", "resource": resource, "payload": payload}
            event |= {"id": str(uuid.uuid4()), "occurred": now}
            send(laptop, "POST", "events", [event])
        time.sleep(2)
        return bool(heard)

    wait_for(told, 120, laptop.home / "prefect" / "server.log")
    chat.shutdown()
    assert heard[0] == {"text": 'Concertino demo: regress. smcs got "worse"'}


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)")
def test_a_deployment_run_untouched_from_the_ui_completes(laptop: Running) -> None:
    from playwright.sync_api import sync_playwright

    chosen = deployment(laptop, "ingest/read-answers")["id"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{laptop.url}/deployments/deployment/{chosen}/run", wait_until="networkidle")
        page.get_by_text("profile", exact=False).first.wait_for(timeout=60_000)
        page.screenshot(path=laptop.home / "form.png", full_page=True)
        page.get_by_role("button", name="Submit").click()
        page.wait_for_timeout(3000)
        browser.close()
    runs = post(laptop, "flow_runs/filter", deployments={"id": {"any_": [chosen]}}, sort="EXPECTED_START_TIME_DESC")
    assert runs, "the form made no flow run"
    assert final_state(laptop, runs[0]["id"]) == "Completed"


SLOW = """
model_list:
  - model_name: slow
    litellm_params: {model: synthetic/slow, simulation: {skill: {default: 0.5}, latency_s: 60.0}}
    model_info: {input_cost_per_token: 1.0e-6, output_cost_per_token: 1.0e-6}
"""


def test_a_run_cancelled_in_the_ui_is_called_cancelled(laptop: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_HOME", str(laptop.home))
    subprocess.run([COMMAND, "ingest"], env=laptop.environment, check=True, capture_output=True, timeout=240)
    pool = laptop.home / "slow.yaml"
    pool.write_text(SLOW)
    [deployment] = post(laptop, "deployments/filter", flows={"name": {"any_": ["collect"]}})
    parameters = {"pool": str(pool)}
    flow_run = post(laptop, f"deployments/{deployment['id']}/create_flow_run", parameters=parameters)["id"]
    wait_for(lambda: any((laptop.home / "landing" / "journal").glob("*.jsonl")), 240)
    post(laptop, f"flow_runs/{flow_run}/set_state", state={"type": "CANCELLING", "name": "Cancelling"})
    assert final_state(laptop, flow_run) == "Cancelled"
    newest = "select status from run where flow = 'collect' order by started_at desc limit 1"
    assert wait_for(lambda: (status := read(newest).item()) != "running" and status, 60) == "cancelled"
    assert set(read("select error_kind from call where asked_model = 'slow'")["error_kind"]) <= {"unknown", "timeout"}


def test_no_error_is_in_the_logs_of_server_and_worker(laptop: Running) -> None:
    for name in ("server", "worker"):
        log = (laptop.home / "prefect" / f"{name}.log").read_text()
        records = re.split(r"\n(?=\d\d:\d\d:\d\d\.)", log)
        bad = [record for record in records if re.search("Traceback|ERROR|CRITICAL", record)]
        # On a busy machine a heartbeat of Prefect's may meet SQLite's lock; the next one comes in seconds. A run that
        # was cancelled above says so.
        expected = "database is locked|aborted by a termination signal|TerminationSignal"
        assert [record for record in bad if not re.search(expected, record)] == [], name


def test_server_and_worker_die_with_a_killed_up_and_the_next_one_tidies(laptop: Running) -> None:
    nightly = deployment(laptop, NIGHTLY)["id"]
    later = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2099-01-01T00:00:00Z"}}  # no worker takes it
    lost = post(laptop, f"deployments/{nightly}/create_flow_run", state=later)["id"]
    post(laptop, f"flow_runs/{lost}/set_state", state={"type": "PENDING"})
    assert deployment(laptop, NIGHTLY)["global_concurrency_limit"]["active_slots"] == 1
    assert services(laptop).keys() == {"server", "worker"}
    laptop.up.kill()
    laptop.up.wait()
    wait_for(lambda: not services(laptop), 60)
    with started(laptop.home) as again:
        assert final_state(again, lost) == "Crashed"
        assert deployment(again, NIGHTLY)["global_concurrency_limit"]["active_slots"] == 0
        again.up.send_signal(signal.SIGINT)
        assert again.up.wait(timeout=60) == 0
        assert not services(again)

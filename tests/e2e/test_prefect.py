"""`concertino up` as its users meet it: HTTP API, UI in a browser, artifacts, two processes at once."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

pytestmark = pytest.mark.e2e
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
QUIET_BROWSER = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
COMMAND = str(Path(sys.executable).with_name("concertino"))


class Running(NamedTuple):
    """A running `concertino up`."""

    url: str
    environment: dict[str, str]
    home: Path


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("laptop")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
    environment |= {"CONCERTINO_HOME": str(home), "PREFECT_LOGGING_LEVEL": "INFO"}
    (home / "profiles" / "runs").mkdir(parents=True)
    (home / "profiles" / "runs" / "demo.yaml").write_text(SMALL)
    log = home / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen([COMMAND, "up", "--port", str(port)], env=environment, stdout=output, stderr=output)
        try:
            wait_for(lambda: "Ctrl-C stops it" in log.read_text() or process.poll() is not None, 240, log)
            assert process.poll() is None, log.read_text()
            yield Running(f"http://127.0.0.1:{port}", environment, home)
        finally:
            process.terminate()
            process.wait(timeout=60)


SMALL = """
title: a few generated questions, simulated models
source: synthetic
source_options: {questions_per_kind: 8, seed: 7}
datasets: ["synthetic-arithmetic", "synthetic-choice"]
pool: synthetic
collect: true
presets: [smcs-select]
seeds: [0]
judged_system: smcs-select
"""


def wait_for(done: Any, seconds: float, log: Path | None = None) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := done():
            return value
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} s: {log.read_text()[-2000:] if log else ''}")


def post(laptop: Running, path: str, **body: Any) -> Any:
    reply = httpx.post(f"{laptop.url}/api/{path}", json=body, timeout=30)
    reply.raise_for_status()
    return reply.json()


def final_state(laptop: Running, flow_run: str, seconds: float = 180) -> str:
    def state() -> str | None:
        found = httpx.get(f"{laptop.url}/api/flow_runs/{flow_run}", timeout=30).json()["state"]
        return found["name"] if found["type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None

    return str(wait_for(state, seconds))


def test_a_deployment_triggered_over_http_completes_while_another_process_writes(laptop: Running) -> None:
    deployment = httpx.get(f"{laptop.url}/api/deployments/name/nightly/nightly", timeout=30).json()
    assert deployment["schedules"][0]["schedule"]["timezone"] == "Europe/Berlin"
    flow_run = post(laptop, f"deployments/{deployment['id']}/create_flow_run")["id"]
    beside = subprocess.run(
        [COMMAND, "ingest", "--json"], env=laptop.environment, capture_output=True, text=True, timeout=240
    )
    assert beside.returncode == 0, beside.stderr
    assert final_state(laptop, flow_run, 300) == "Completed"
    keys = {artifact["key"] for artifact in post(laptop, "artifacts/filter", limit=200)}
    assert {"leaderboard", "verdict", "dq-ingest", "report-link"} <= keys
    counted = subprocess.run(
        [COMMAND, "sql", "select count(*) as n, count(distinct question_id) as distinct_n from question", "--json"],
        env=laptop.environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    [row] = json.loads(counted.stdout)
    assert row["n"] == row["distinct_n"] == 16


@pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed (apt-get install chromium)")
def test_a_deployment_run_untouched_from_the_ui_completes(laptop: Running) -> None:
    from playwright.sync_api import sync_playwright

    deployment = httpx.get(f"{laptop.url}/api/deployments/name/ingest/laptop", timeout=30).json()["id"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=QUIET_BROWSER)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{laptop.url}/deployments/deployment/{deployment}/run", wait_until="networkidle")
        page.get_by_text("profile", exact=False).first.wait_for(timeout=60_000)
        page.screenshot(path=laptop.home / "form.png", full_page=True)
        page.get_by_role("button", name="Submit").click()
        page.wait_for_timeout(3000)
        browser.close()
    runs = post(laptop, "flow_runs/filter", deployments={"id": {"any_": [deployment]}}, sort="EXPECTED_START_TIME_DESC")
    assert runs, "the form made no flow run"
    assert final_state(laptop, runs[0]["id"]) == "Completed"

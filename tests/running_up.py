"""`concertino up` in a process of its own, and what its users do with it over HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

HTTP = httpx.Client(timeout=30)  # one for all: making one takes longer than asking
COMMAND = str(Path(sys.executable).with_name("concertino"))
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


class Running(NamedTuple):
    """A running `concertino up`."""

    url: str
    environment: dict[str, str]
    home: Path
    up: subprocess.Popen[bytes]


@contextmanager
def started(home: Path, *options: str, **more: str) -> Iterator[Running]:
    """`more` are variables of its environment."""
    port = two_free_ports()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
    environment |= {"CONCERTINO_HOME": str(home), "PREFECT_LOGGING_LEVEL": "INFO", **more}
    log = home / "up.log"
    command = [COMMAND, "up", "--port", str(port), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=output, stderr=output)  # no checkout
        try:
            wait_for(lambda: "Ctrl-C stops it" in log.read_text() or process.poll() is not None, 240, log)
            assert process.poll() is None, log.read_text()
            yield Running(f"http://127.0.0.1:{port}", environment, home, process)
        finally:
            process.terminate()
            process.wait(timeout=60)


def two_free_ports() -> int:
    """The first of two neighbours: the server's, the pages'."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def wait_for(done: Any, seconds: float, *logs: Path) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := done():
            return value
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} s: {ends_of(logs)}")


def ends_of(logs: Iterable[Path]) -> str:
    """The last of what each log says."""
    return "\n".join(f"{log}:\n{log.read_text()[-4000:]}" for log in logs)


def post(laptop: Running, path: str, **body: Any) -> Any:
    return send(laptop, "POST", path, body).json()


def send(laptop: Running, method: str, path: str, body: Any) -> httpx.Response:
    """As Prefect's own client: again while SQLite behind the server is busy."""

    def reply() -> httpx.Response | None:
        got = HTTP.request(method, f"{laptop.url}/api/{path}", json=body)
        return None if got.status_code == 503 else got.raise_for_status()

    sent: httpx.Response = wait_for(reply, 60)
    return sent


def final_state(laptop: Running, flow_run: str, seconds: float = 180, *logs: Path) -> str:
    def state() -> str | None:
        found = HTTP.get(f"{laptop.url}/api/flow_runs/{flow_run}").json()["state"]
        return found["name"] if found["type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None

    return str(wait_for(state, seconds, *logs))


def deployment(laptop: Running, name: str) -> dict[str, Any]:
    found: dict[str, Any] = send(laptop, "GET", f"deployments/name/{name}", None).json()
    return found


def services(laptop: Running) -> dict[str, int]:
    """Name → process id of what `up` started."""
    listed = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    mine = [line.split() for line in listed.splitlines() if f"flows.command.tether {laptop.up.pid} prefect " in line]
    return {words[words.index("prefect") + 1]: int(words[0]) for words in mine}

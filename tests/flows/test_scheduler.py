"""A scheduler of Dask's own command, killed in the middle of a collection."""

import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from flows.command.doctor import examine
from tasks.fanout.runner import check_runner
from tasks.fanout.task import _there, workers
from tests.flows.test_collect import write_pool
from tests.flows.test_fanout import SAID, asked, of_run
from tests.local_openai import LocalOpenAI
from tests.local_servers import free_port
from tests.running_up import wait_for
from tests.small_world import put_sums
from warehouse.errors import ConcertinoError, UserError
from warehouse.runs import code_version

ROOT = Path(__file__).parents[2]
DASK = Path(sys.executable).with_name("dask")
CONCERTINO = Path(sys.executable).with_name("concertino")


@contextmanager
def running(*command: object) -> Iterator[subprocess.Popen[bytes]]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([DASK, *map(str, command)], **quiet)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def cluster(port: str) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler with two workers of this home; the scheduler's process."""
    scheduler = running("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
    crew = ("worker", f"tcp://127.0.0.1:{port}", "--nworkers", 2, "--nthreads", 1, "--no-dashboard")
    with scheduler as process, running(*crew, "--preload", "flows.environment"):
        yield process


def test_a_scheduler_that_is_killed_is_one_sentence_and_the_same_command_continues(
    server: LocalOpenAI,
    home: Path,
    prefect_server: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    port, server.latency_s = free_port(), 0.1
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", f"dask://127.0.0.1:{port}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the flow is a test's

    def kill() -> None:
        while server.answered.total() < 20:
            time.sleep(0.02)
        process.kill()

    caplog.set_level(logging.INFO, "prefect")
    killer = threading.Thread(target=kill, daemon=True)
    with cluster(port) as process:
        wait_for_scheduler(port)
        killer.start()
        with pytest.raises(ConcertinoError, match="the Dask scheduler is gone; start it and its workers again"):
            asked("gone", 80, server.api_base, max_parallel_requests=4)
        killer.join(60)
    assert "0 answered" not in caplog.text, "20 were"
    with cluster(port):
        wait_for_scheduler(port)
        asked("gone", 80, server.api_base, max_parallel_requests=4)
    assert len(of_run(SAID, "gone")) == 160
    assert 160 <= server.asked.total() <= 160 + 8, "two workers' two places of each of two models"


def test_a_command_then_says_that_sentence_and_nothing_else(
    server: LocalOpenAI, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, server.latency_s = free_port(), 0.2
    put_sums(60)
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", f"dask://127.0.0.1:{port}")
    collect = [CONCERTINO, "collect", "--pool", write_pool(home, server, "none")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    with cluster(port) as scheduler:
        wait_for_scheduler(port)
        process = subprocess.Popen(
            collect, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
        )
        while server.answered.total() < 5:
            assert process.poll() is None
            time.sleep(0.02)
        scheduler.kill()
        _, said = process.communicate(timeout=120)
    assert said.split("\n") == [
        "concertino: the Dask scheduler is gone; start it and its workers again, and the same command continues",
        "",
    ]


def runner_found() -> tuple[bool, str]:
    """What `concertino doctor` says of it."""
    return next((found.ok, found.detail) for found in examine() if found.what == "task runner")


def test_doctor_counts_a_schedulers_workers_and_says_how_to_start_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", f"dask://127.0.0.1:{port}")
    with running("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"):
        wait_for_scheduler(port)
        ok, detail = runner_found()
        assert not ok
        _, said, command = detail.partition(f"has no worker; start some: CONCERTINO_HOME={home} dask ")
        assert said
        with running(*command.split(), "--no-dashboard"):
            wait_for(lambda: runner_found()[0], 60)
            assert runner_found()[1].startswith(f"dask://127.0.0.1:{port} (workers: 1), through")
            with workers("ours"):
                pass


def test_doctor_does_not_take_a_port_that_says_nothing_for_a_scheduler(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.fanout.runner.CONNECT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        monkeypatch.setenv("CONCERTINO_TASK_RUNNER", f"dask://127.0.0.1:{mute.getsockname()[1]}")
        ok, detail = runner_found()
    assert not ok
    assert re.search(
        r"no Dask scheduler answers at CONCERTINO_TASK_RUNNER=dask://.* \(TimeoutError\); start one", detail
    )


def wait_for_scheduler(port: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            check_runner()
            return
        except UserError:
            assert time.monotonic() < deadline, f"nobody listens at {port}"
            time.sleep(0.2)


def test_a_worker_that_dies_as_a_stage_begins_is_not_counted(home: Path) -> None:
    from distributed.comm import CommClosedError

    here = f"{home} (Concertino {code_version()})"

    class Client:
        homes: ClassVar[dict[str, object]] = {"tcp://a": CommClosedError("reset by peer"), "tcp://b": here}

        def wait_for_workers(self, n: int, timeout: float) -> None: ...

        def run(self, *_: object, on_error: str) -> dict[str, object]:
            return self.homes

        left: ClassVar[dict[str, int]] = {"tcp://b": 1}

        def nthreads(self) -> dict[str, int]:
            return self.left

    runner = SimpleNamespace(client=Client())
    assert _there(runner, "dask://127.0.0.1:1", "run") == 1
    Client.left = {}
    assert _there(runner, "dask://127.0.0.1:1", "run") == 1, "one waits for whoever is started again"
    Client.homes["tcp://c"] = "/another"
    with pytest.raises(UserError, match="the Dask worker tcp://c has the home /another"):
        _there(runner, "dask://127.0.0.1:1", "run")


def test_a_worker_of_another_version_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", f"dask://127.0.0.1:{port}")
    with cluster(port):
        wait_for_scheduler(port)
        with workers("first"):
            pass
        monkeypatch.setattr("tasks.fanout.task.code_version", lambda: "9.9")
        with (
            pytest.raises(UserError, match=r"the home .* \(Concertino .*\), and this run has .* \(Concertino 9\.9\)"),
            workers("second"),
        ):
            pass


def test_an_idle_worker_does_not_take_a_later_upgrade_for_its_own_version(
    server: LocalOpenAI, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client

    checkout, port = tmp_path / "checkout", free_port()
    for package in ("flows", "tasks", "profiles", "warehouse"):
        shutil.copytree(ROOT / package, checkout / package, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "init", "-q", str(checkout)], check=True)

    def commit() -> str:
        who = ["-c", "user.name=n", "-c", "user.email=e"]
        subprocess.run(["git", "-C", checkout, *who, "commit", "-q", "--allow-empty", "-m", "upgrade"], check=True)
        named = subprocess.run(["git", "-C", checkout, "describe", "--always"], capture_output=True, text=True)
        return named.stdout.strip()

    monkeypatch.setenv("PYTHONPATH", str(checkout))
    put_sums(3)
    old = commit()
    with cluster(port):
        wait_for_scheduler(port)
        with Client(f"tcp://127.0.0.1:{port}") as client:
            client.wait_for_workers(2, timeout=60)
        new = commit()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        done = subprocess.run(
            [CONCERTINO, "collect", "--pool", write_pool(home, server, "none")],
            env=environment | {"CONCERTINO_TASK_RUNNER": f"dask://127.0.0.1:{port}"},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 2
    assert re.fullmatch(
        rf"concertino: the Dask worker .* has the home .*\+{old}\), and this run has .*\+{new}\); start workers .*\n",
        done.stderr,
    )
    assert not server.bodies

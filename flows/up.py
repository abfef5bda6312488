"""A laptop's Prefect: server, work pool, deployments and worker, started and stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from flows import show
from warehouse.errors import UserError
from warehouse.settings import settings

_POOL = "concertino"


def up(*, port: int, limit: int) -> None:
    """Start everything, print the UI's address, wait for Ctrl-C, stop everything.

    Args:
        port: of the server and its UI, on the loopback address.
        limit: flow runs the worker runs at the same time.

    Raises:
        UserError: the port is taken, the deployments file is missing, or a service does not start.
    """
    deployments = _deployments_file()
    url = f"http://127.0.0.1:{port}/api"
    _refuse_taken(url, port)
    os.environ |= {"PREFECT_API_URL": url, "CONCERTINO_HOME": str(settings().root)}
    os.environ.setdefault("PREFECT_HOME", str(settings().root / "prefect"))
    with ExitStack() as running:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        show.err.print("starting the Prefect server ...")
        server = running.enter_context(
            _service("server", ["server", "start", "--host", "127.0.0.1", "--port", str(port)])
        )
        _wait_healthy(url, server)
        running.enter_context(_announced(url))
        show.err.print("creating work pool and deployments ...")
        _prefect("work-pool", "create", _POOL, "--type", "process", "--overwrite")
        _prefect("--no-prompt", "deploy", "--all", "--prefect-file", str(deployments), cwd=deployments.parent)
        worker = running.enter_context(_service("worker", ["worker", "start", "--pool", _POOL, "--limit", str(limit)]))
        show.out.print(f"Prefect UI      http://127.0.0.1:{port}\nState           {settings().root}\nCtrl-C stops it.")
        _wait(server, worker)


def _deployments_file() -> Path:
    for folder in (Path.cwd(), Path(__file__).parents[1]):
        if (folder / "prefect.yaml").is_file():
            return folder / "prefect.yaml"
    raise UserError("there is no prefect.yaml here; run `concertino up` in a checkout of the project")


def _refuse_taken(url: str, port: int) -> None:
    try:
        httpx.get(f"{url}/health", timeout=1)
    except httpx.HTTPError:
        return
    raise UserError(f"port {port} is taken, maybe by a Prefect server that runs already; choose another with --port")


@contextmanager
def _service(name: str, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Prefect process with its own log file; stopped, then killed, at the end."""
    log = settings().root / "prefect" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", *command], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _wait_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise UserError(f"the Prefect server did not start; read {settings().root / 'prefect' / 'server.log'}")


@contextmanager
def _announced(url: str) -> Iterator[None]:
    """Leave the server's address where other commands of this home find it."""
    note = settings().root / "prefect" / "server.url"
    note.write_text(url)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def _prefect(*arguments: str, cwd: Path | None = None) -> None:
    done = subprocess.run([sys.executable, "-m", "prefect", *arguments], capture_output=True, text=True, cwd=cwd)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise UserError(f"`prefect {' '.join(arguments[:3])}` failed: {' '.join(last)}")


def _wait(server: subprocess.Popen[bytes], worker: subprocess.Popen[bytes]) -> None:
    while server.poll() is None and worker.poll() is None:
        time.sleep(0.5)
    name = "server" if server.poll() is not None else "worker"
    raise UserError(f"the Prefect {name} stopped; read {settings().root / 'prefect' / f'{name}.log'}")

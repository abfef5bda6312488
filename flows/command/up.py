"""A laptop's Prefect: server, work pool, deployments, worker and report pages, started and stopped together."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flows import environment
from flows.command import show
from flows.command.database import check_database
from flows.command.server import POOL, bury_runs, healthy, next_night, wait_healthy
from flows.command.services import log_file, pages, service
from warehouse.errors import UserError
from warehouse.settings import settings

_OURS = re.compile(rb"""^name:\s*["']?concertino["']?\s*$""", re.MULTILINE)  # another project's file has its own name


def up(*, port: int, limit: int, database_url: str | None = None) -> None:
    """Start everything, print the UI's address, wait for Ctrl-C, stop everything.

    Args:
        port: of the server and its UI, on the loopback address; the next one serves the report pages.
        limit: flow runs the worker runs at the same time.
        database_url: of the server's PostgreSQL; None: SQLite below the home, or what Prefect's own variable names.

    Raises:
        UserError: the port is taken, the database cannot be used, or a service does not start.
    """
    deployments = _deployments_file()
    url = f"http://127.0.0.1:{port}/api"
    _refuse_second(url, port)
    if database_url is not None:
        check_database(database_url)
        os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database_url
    os.environ |= {"PREFECT_API_URL": url, "CONCERTINO_HOME": str(settings().root)}
    os.environ.setdefault("PREFECT_HOME", str(settings().root / "prefect"))
    environment.set_aside_damaged(Path(os.environ["PREFECT_HOME"]) / "prefect.db")
    with ExitStack() as running:
        for number in (signal.SIGINT, signal.SIGTERM):  # how it is meant to end
            signal.signal(number, lambda *_: sys.exit(0))
        site = os.environ["CONCERTINO_REPORT_URL"] = running.enter_context(pages(port + 1))
        show.err.print("starting the Prefect server ...")
        server = running.enter_context(service("server", "server", "start", "--host", "127.0.0.1", "--port", str(port)))
        wait_healthy(url, server, log_file("server"))
        running.enter_context(_announced(url, site, str(os.getpid())))
        show.err.print("creating work pool and deployments ...")
        _deploy(deployments)
        bury_runs(url, _worker())
        show.out.print(
            f"Prefect UI      http://127.0.0.1:{port}\nReport pages    {site}\nState           {settings().root}"
        )
        show.out.print(f"next nightly: {next_night(url, wait_s=60)}\nCtrl-C stops it.")
        _work(url, server, limit)


def _deployments_file() -> Path:
    here = Path("prefect.yaml")
    ours = here.is_file() and _OURS.search(here.read_bytes())
    return here if ours else Path(__file__).parents[1] / "prefect.yaml"


def _refuse_second(url: str, port: int) -> None:
    if healthy(url):
        raise UserError(f"port {port} is taken by a Prefect server that runs already; choose another with --port")
    if there := environment.running_server():
        raise UserError(f"`concertino up` runs for this home already, at {there.removesuffix('/api')}")
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise UserError(f"port {port} cannot be used ({error.strerror}); choose another with --port") from error


@contextmanager
def _announced(*told: str) -> Iterator[None]:
    """Leave word of the server and the report pages where other commands of this home find it."""
    note = environment.note()
    note.write_text("\n".join(told), encoding="utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def _deploy(file: Path) -> None:
    """In a process of its own: this one stays for days, without Prefect and the flows in memory."""
    command = [sys.executable, "-P", "-m", "flows.command.deploy", str(file)]  # -P: folders here may be named like ours
    done = subprocess.run(command, capture_output=True, text=True)
    show.err.print(done.stdout, end="", markup=False)
    if done.returncode:
        raise UserError(f"the deployments could not be made: {' '.join(done.stderr.strip().splitlines()[-1:])}")


def _work(url: str, server: subprocess.Popen[bytes], limit: int) -> None:
    """Keep a worker until the server or the worker stops; one that was killed is replaced."""
    while True:
        command = ("worker", "start", "--pool", POOL, "--name", _worker(), "--limit", str(limit))
        with service("worker", *command) as worker:
            while server.poll() is None and worker.poll() is None:
                time.sleep(0.5)
        if server.returncode is not None or worker.returncode >= 0:
            name = "worker" if server.returncode is None else "server"
            raise UserError(f"the Prefect {name} stopped; read {log_file(name)}")
        n = bury_runs(url, _worker())
        show.err.print(f"the worker was killed; {n} of its runs are marked as crashed, a new worker starts")


def _worker() -> str:
    """The name of this home's worker, the same at every start: what the last one left behind is known by it."""
    note = settings().root / "prefect" / "worker.name"
    if not note.exists():
        note.write_text(f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}", encoding="utf-8")
    return note.read_text(encoding="utf-8")

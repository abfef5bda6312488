"""Prefect's server and workers, each a process with a home of its own, as on several hosts."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from flows.command.server import healthy
from tests.local_servers import free_port
from tests.running_up import wait_for

ROOT = Path(__file__).parents[1]


class Hosts:
    """Starts modules of Python on hosts: folders below `base`, with a `HOME`, a working directory and a log each.

    Args:
        base: of the hosts' folders.
        database: where Prefect's server keeps its state.
        running: ends what was started.
    """

    def __init__(self, base: Path, database: str, running: ExitStack) -> None:
        self.base, self._running, self._port = base, running, free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
        self.environment |= {
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
            "PREFECT_API_URL": f"{self.url}/api",
            "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
            "PREFECT_WORKER_QUERY_SECONDS": "3",
        }

    def start(self, host: str, *command: object, home: Path, umask: int = 0o022) -> subprocess.Popen[bytes]:
        """A command on a host, with a Concertino home."""
        (elsewhere := self.base / host / "elsewhere").mkdir(parents=True, exist_ok=True)
        own = {"HOME": str(self.base / host), "CONCERTINO_HOME": str(home)}
        there: Any = {"cwd": elsewhere, "env": self.environment | own, "umask": umask}
        with self.log(host).open("ab") as output:
            line = [sys.executable, "-m", *map(str, command)]
            process = subprocess.Popen(line, stdout=output, stderr=output, **there)
        self._running.callback(process.wait, 60)
        self._running.callback(process.terminate)
        return process

    def server(self) -> subprocess.Popen[bytes]:
        """Prefect's, once it answers."""
        process = self.start("server", "prefect", "server", "start", "--port", self._port, home=self.base / "server")
        wait_for(lambda: healthy(f"{self.url}/api"), 300, self.log("server"))
        return process

    def deploy(self, home: Path) -> None:
        """The deployments of `prefect.yaml`."""
        assert self.start("deploys", "flows.command.deploy", ROOT / "prefect.yaml", home=home).wait(300) == 0

    def worker(self, host: str, *options: str, home: Path, umask: int = 0o022) -> None:
        """A worker of the process pool."""
        pool: Sequence[str] = ("prefect", "worker", "start", "--pool", "concertino", *options)
        self.start(host, *pool, home=home, umask=umask)

    def log(self, host: str) -> Path:
        """What a host's commands said."""
        return self.base / host / "log"


@contextmanager
def hosts(base: Path, database: str) -> Iterator[Hosts]:
    """What is started on them ends with the block."""
    with ExitStack() as running:
        yield Hosts(base, database, running)

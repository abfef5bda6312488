"""What `up` does to the runs that it finds at its Prefect server, and commands when it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import UUID

import prefect
import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import Running

from flows.command.console import run_here
from flows.command.server import POOL, bury_runs
from warehouse.errors import ConcertinoError


@pytest.fixture
def client(prefect_server: None) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as found:
        found.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
        yield found


def test_what_a_living_worker_of_another_home_runs_is_left_to_it(client: SyncPrefectClient) -> None:
    @flow
    def night() -> None: ...

    there = client.create_deployment(
        client.create_flow(night),
        "every-night",
        work_pool_name=POOL,
        concurrency_limit=2,
        concurrency_options=ConcurrencyOptions(collision_strategy="CANCEL_NEW"),
    )

    def running(worker: str) -> UUID:
        made = client.create_flow_run_from_deployment(there).id
        client.update_flow_run_labels(made, {"prefect.worker.name": worker})
        client.set_flow_run_state(made, Running(), force=True)
        return made

    runs = [running(worker) for worker in ("mine", "theirs", "gone")]
    for worker in ("mine", "theirs"):  # Prefect takes a killed worker for a living one as long as 90 seconds
        client.send_worker_heartbeat(POOL, worker, 30)
    assert bury_runs(str(client.api_url).rstrip("/"), "mine") == 2
    states = [client.read_flow_run(run).state_name for run in runs]
    assert states == ["Crashed", "Running", "Crashed"]


class _Broken(BaseHTTPRequestHandler):
    """A Prefect server whose database is away, for so many requests."""

    away = 1_000

    def do_GET(self) -> None:
        known = self.path.endswith("/admin/version") or self.away == 0
        type(self).away -= not known
        body = f'"{prefect.__version__}"'.encode()
        self.send_response(200 if known else 500)
        self.send_header("content-length", str(len(body)))
        self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def broken(away: int) -> Iterator[None]:
    """Prefect's settings name a server that fails so often."""
    handler = type("_Handler", (_Broken,), {"away": away})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{server.server_port}/api"}):
            yield
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_that_fails_in_the_middle_is_one_sentence(home: Path) -> None:
    with (
        broken(1_000),
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
        pytest.raises(ConcertinoError, match=r"^the Prefect server cannot be used any more .*500 Internal"),
    ):
        run_here("score", {})


def test_a_server_that_fails_twice_is_asked_again() -> None:
    with broken(2), get_client(sync_client=True) as client:
        assert client.hello().status_code == 200

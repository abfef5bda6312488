"""What `up` does to the runs that it finds at its Prefect server."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.states import Running

from flows.command.server import POOL, bury_runs


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

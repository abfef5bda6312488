"""Move landed rows into the warehouse: the only task that writes it."""

from contextlib import suppress
from functools import cache

from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists

from tasks.recorded.task import recorded, task
from warehouse.writer import load_landing

_LIMIT = "duckdb-writer"


@task(name="load", task_run_name="load")
def load() -> dict[str, int]:
    """Load all landing files, one writer across all workers; rows per table."""
    if not recorded():
        return load_landing()  # no worker shares this home's server; the warehouse's own lock keeps processes apart
    _ensure_limit()
    with concurrency(_LIMIT, occupy=1, timeout_seconds=600, strict=True):
        return load_landing()


@cache
def _ensure_limit() -> None:
    """A limit nobody created would not limit anything."""
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):  # made since it was looked for
        client.upsert_global_concurrency_limit_by_name(_LIMIT, limit=1)

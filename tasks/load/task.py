"""Move landed rows into the warehouse: the only task that writes it."""

from prefect import task
from prefect.concurrency.sync import concurrency

from warehouse.writer import load_landing

WRITER_LIMIT = "duckdb-writer"


@task(name="load", task_run_name="load")
def load() -> dict[str, int]:
    """Load all landing files, one writer across all workers; rows per table."""
    with concurrency(WRITER_LIMIT, occupy=1, timeout_seconds=600):
        return load_landing()

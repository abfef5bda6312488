"""What is paid besides the work: Prefect per flow and task run, start of the command, a named query, a read.

    python benchmarks/overhead.py

Needs a published copy in CONCERTINO_HOME. Prints seconds, Prefect's share as a ratio to the bare call, and a read's
as a ratio to DuckDB's own start with the same file.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import flows.environment  # noqa: F401  (before Prefect)

COMMAND = str(Path(sys.executable).with_name("concertino"))


def median_s(work: Callable[[], object], times: int) -> float:
    """Median wall seconds of `times` calls."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> None:
    """Measure and print."""
    start = median_s(lambda: subprocess.run([COMMAND, "--help"], capture_output=True), 7)
    print(f"concertino --help         {start:.2f} s")
    from warehouse.query import run_named

    print(f"leaderboard query         {median_s(lambda: run_named('leaderboard'), 20):.3f} s")
    import duckdb

    from warehouse.connect import read
    from warehouse.settings import settings

    read("select 1")
    bare = median_s(lambda: duckdb.connect(str(settings().warehouse)).close(), 50)
    small = median_s(lambda: read("select 1"), 50)
    print(f"read of the warehouse     {small * 1000:.1f} ms ({small / bare:.2f} times DuckDB's start with it)")
    from prefect import flow
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from tasks.load.task import load
    from warehouse.writer import load_landing

    @flow(name="overhead")
    def one_load() -> None:
        load()

    @flow(name="overhead-20")
    def twenty_loads() -> None:
        for _ in range(20):
            load()

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        started = time.perf_counter()
        one_load()
        print(f"private server, first run {time.perf_counter() - started:.1f} s")
        bare, one, twenty = median_s(load_landing, 20), median_s(one_load, 7), median_s(twenty_loads, 3)
    print(f"bare load                 {bare * 1000:.1f} ms")
    print(f"flow run with one load    {one * 1000:.0f} ms ({one / bare:,.0f} times the bare call)")
    print(f"each further task run     {(twenty - one) / 19 * 1000:.0f} ms")


if __name__ == "__main__":
    main()

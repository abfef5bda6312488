"""A Dask cluster of two worker processes, and a server that they ask."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_openai import LocalOpenAI, local_openai


@pytest.fixture(scope="module")
def cluster(module_home: Path) -> Iterator[Any]:
    """Two worker processes that share this module's home."""
    from distributed import LocalCluster

    local = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**local) as running:
        yield running


@pytest.fixture
def workers(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The cluster, in use."""
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", cluster.scheduler_address.replace("tcp://", "dask://"))
    return cluster


@pytest.fixture
def server() -> Iterator[LocalOpenAI]:
    """An OpenAI-compatible server that counts what it is asked."""
    with local_openai() as state:
        state.latency_s = 0.02
        yield state

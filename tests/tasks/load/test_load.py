"""The writers' limit of Prefect's server, made by whoever loads first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient

from tasks.load.task import _ensure_limit


def test_two_runs_that_load_at_once_on_a_new_server_make_one_limit(
    prefect_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_looked, look = Barrier(2), SyncPrefectClient.read_global_concurrency_limit_by_name

    def looked(client: SyncPrefectClient, name: str) -> Any:
        try:
            return look(client, "nobody has made")
        finally:
            both_looked.wait(60)

    monkeypatch.setattr(SyncPrefectClient, "read_global_concurrency_limit_by_name", looked)
    with ThreadPoolExecutor(2) as pool:
        for made in [pool.submit(_ensure_limit.__wrapped__) for _ in range(2)]:
            made.result()

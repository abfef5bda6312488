"""One flow and its task, with a Prefect server and without one."""

from collections.abc import Iterator

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.runtime import flow_run, task_run
from prefect.settings import PREFECT_API_URL, temporary_settings

from tasks.recorded.task import create_markdown_artifact, flow, recorded, task


@task(name="double")
def double(n: int) -> tuple[int, bool]:
    create_markdown_artifact("doubled", key="recorded-test")
    return 2 * n, task_run.id is not None


@flow(name="recorded-test")
def doubled(n: int = 3) -> tuple[int, bool, bool]:
    value, in_task_run = double(n)
    return value, in_task_run, flow_run.id is not None


@pytest.fixture
def no_server() -> Iterator[None]:
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        yield


def test_without_a_server_they_are_functions_whose_arguments_are_checked(no_server: None) -> None:
    assert not recorded()
    assert doubled() == (6, False, False)
    assert doubled(n="4") == (8, False, False)
    with pytest.raises(Exception, match="valid integer"):
        doubled(n="four")


def test_with_a_server_both_are_recorded(prefect_server: None) -> None:
    assert recorded()
    assert doubled() == (6, True, True)
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=["recorded-test"]))  # a list of all ends at 200
    with get_client(sync_client=True) as client:
        assert client.read_artifacts(artifact_filter=wanted)


def test_a_flow_within_another_waits_for_a_server_that_is_started_again(
    prefect_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [ConnectionError("refused"), ConnectionError("refused"), None]
    monkeypatch.setattr(SyncPrefectClient, "api_healthcheck", lambda self: answers.pop(0))
    monkeypatch.setattr("tasks.recorded.task._LOOK_S", 0.01)

    @flow(name="recorded-outer-test")
    def outer() -> tuple[int, bool, bool]:
        return doubled()

    assert outer() == (6, True, True)
    assert answers == []

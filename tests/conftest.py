"""Shared fixtures: an environment without network or telemetry, a home per test, one Prefect server per session."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import flows.environment  # noqa: F401  (sets the libraries' environment before they are imported)

os.environ |= {
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "2",
}

import hypothesis
import pytest

# How fast a machine is decides no test.
hypothesis.settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any-machine")

RECORDED = Path(os.environ.get("CONCERTINO_RECORDED") or Path(__file__).parents[2] / "shared" / "data")


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise PermissionError(f"tests may not reach {address[0]}")


sys.addaudithook(_refuse_network)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty CONCERTINO_HOME of this test's own."""
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of recorded answers; the test is skipped where it is absent."""
    if not (RECORDED / "mmlu_pro.parquet").exists():
        pytest.skip(f"recorded answers of real models are not at {RECORDED} (set CONCERTINO_RECORDED)")
    monkeypatch.setenv("CONCERTINO_RECORDED", str(RECORDED))
    return RECORDED


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """One Prefect test server for the whole session, without the second that a sync flow's heartbeat costs."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=180),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield

"""Shared fixtures: an environment without network or telemetry, a home per test, one Prefect server per session."""

import os
import shutil
import sys
from collections.abc import Generator, Iterator
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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="skip what needs a process, server, warehouse or heavy import")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    global _alone
    _alone = item.config.getoption("--fast")
    try:
        return (yield)
    finally:
        _alone = False


_alone = False


def _skip_slow(event: str, arguments: tuple[object, ...]) -> None:
    """With --fast, what a test does says that it is slow: there is no list to keep."""
    company = event in {"subprocess.Popen", "os.fork", "os.posix_spawn", "socket.bind"}
    if _alone and (company or (event == "import" and arguments[0] in {"great_expectations", "torch"})):
        pytest.skip(f"not fast: {event}")


sys.addaudithook(_skip_slow)


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """The file of a migrated warehouse without rows: migrating one takes longer than most tests."""
    if pytestconfig.getoption("--fast"):
        pytest.skip("not fast: a warehouse")
    from warehouse.connect import connection
    from warehouse.settings import settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCERTINO_HOME", str(tmp_path_factory.mktemp("empty")))
        with connection("migrating"):
            return settings().warehouse


@pytest.fixture
def absent_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's CONCERTINO_HOME will be; nothing is there yet."""
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def home(absent_home: Path, empty_warehouse: Path) -> Path:
    """A CONCERTINO_HOME of this test's own with an empty warehouse."""
    absent_home.mkdir()
    shutil.copy(empty_warehouse, absent_home)
    return absent_home


@pytest.fixture(scope="module")
def module_home(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[Path]:
    """A CONCERTINO_HOME with an empty warehouse that the tests of a module share."""
    folder = tmp_path_factory.mktemp("home")
    shutil.copy(empty_warehouse, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCERTINO_HOME", str(folder))
        yield folder


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

"""Questions in the warehouse, and homes that share one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.local_servers import postgres
from tests.small_world import put_sums


@pytest.fixture
def ask_questions(home: Path) -> Callable[..., pl.DataFrame]:
    """Put arithmetic questions into the warehouse and give their rows back."""
    return put_sums


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of a lake, which the tests of a module share."""
    for name in ("duckdb_extension_ducklake", "psycopg"):
        pytest.importorskip(name, reason=f"{name} is not installed: pip install -e '.[lake]'")
    with postgres("between us") as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", "between us")
        port = url.rpartition(":")[2].partition("/")[0]
        yield {
            "CONCERTINO_WAREHOUSE": f"ducklake:postgres:host=127.0.0.1 port={port} user=prefect dbname=postgres",
            "CONCERTINO_STORAGE": f"file://{tmp_path_factory.mktemp('shared')}",
        }


@pytest.fixture(params=["home", "lake"])
def homes(request: pytest.FixtureRequest, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Of two processes that share a warehouse: one home, or two of a lake; the first one is set."""
    if request.param == "home":
        return [home, home]
    for name, value in request.getfixturevalue("lake").items():
        monkeypatch.setenv(name, value)
    return [home, tmp_path / "there"]

"""A migrated, empty warehouse to start from: migrating one takes longer than most of these tests."""

import shutil
from pathlib import Path

import pytest

from warehouse.connect import connection
from warehouse.settings import settings


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated warehouse without rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCERTINO_HOME", str(tmp_path_factory.mktemp("empty")))
        with connection("migrating"):
            return settings().warehouse


@pytest.fixture
def home(home: Path, empty_warehouse: Path) -> Path:
    """A fresh CONCERTINO_HOME with an empty warehouse."""
    home.mkdir()
    shutil.copy(empty_warehouse, home)
    return home

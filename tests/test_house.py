"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from warehouse.schema_doc import DOCUMENT, render

ROOT = Path(__file__).parents[1]
PACKAGES = ("flows", "tasks", "profiles", "warehouse")
HEAVY = ("litellm", "great_expectations", "chromadb", "torch", "sentence_transformers", "altair")
CODE = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def _imported(path: Path) -> Iterator[str]:
    """Top-level names of all modules that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_files_are_short() -> None:
    assert _named([path for path in CODE if len(path.read_text().splitlines()) > 300]) == []


def test_only_flows_and_task_files_know_prefect() -> None:
    allowed = {path for path in CODE if path.name == "task.py" or path.is_relative_to(ROOT / "flows")}
    assert _named([path for path in CODE if path not in allowed and "prefect" in _imported(path)]) == []


def test_only_the_warehouse_opens_duckdb() -> None:
    outside = [path for path in CODE if not path.is_relative_to(ROOT / "warehouse")]
    assert _named([path for path in outside if "duckdb" in _imported(path)]) == []


def test_rows_are_read_by_the_name_of_an_sql_file() -> None:
    outside = [path for path in CODE if not path.is_relative_to(ROOT / "warehouse")]
    assert (
        _named([path for path in outside if re.search(r"warehouse\.connect import .*\bread\b", path.read_text())]) == []
    )


def test_every_sql_file_begins_with_its_grain() -> None:
    files = sorted((ROOT / "warehouse").rglob("*.sql"))
    without = [path for path in files if not path.read_text().startswith("-- ")]
    assert len(files) > 50
    assert _named(without) == []
    grainless = [
        path
        for path in files
        if path.parent.name != "queries"
        and not path.read_text().startswith(("-- one row", "-- at most one row", "-- one value"))
    ]
    assert _named(grainless) == []


def test_importing_flows_loads_nothing_heavy() -> None:
    flows = [f"flows.{path.stem}" for path in (ROOT / "flows").glob("*.py") if path.stem != "__init__"]
    code = (
        f"import importlib, sys\nfor name in {flows}: importlib.import_module(name)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr[-2000:]


def test_the_schema_document_is_current() -> None:
    assert DOCUMENT.read_text() == render(), "run `python -m warehouse.schema_doc`"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_ours_alone(package: str) -> None:
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    assert Path(found.origin).resolve() == ROOT / package / "__init__.py"
    assert set(packages_distributions().get(package, ["concertino"])) == {"concertino"}

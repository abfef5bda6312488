"""Concertino as a wheel, below another project's folder: all its files are there, and nothing is that project's."""

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from flows.command.up import _deployments_file

ROOT = Path(__file__).parents[3]
PACKAGES = ("flows", "tasks", "profiles", "warehouse")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is installed: in an environment inside a git repository."""
    pytest.importorskip("setuptools")
    source, project = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("project")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "prefect.yaml"):
        shutil.copy(ROOT / name, source)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(project)], cwd=source, check=True, capture_output=True)
    with zipfile.ZipFile(next(project.glob("*.whl"))) as wheel:
        wheel.extractall(project / "site")
    commit = ["-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "--allow-empty", "-m", "theirs"]
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    subprocess.run(["git", "-C", str(project), *commit], check=True)
    return project / "site"


def test_a_wheel_has_every_file(site: Path) -> None:
    for package in PACKAGES:
        ours = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*.*") if "__pycache__" not in path.parts}
        assert {path for path in ours if not (site / path).is_file()} == set()


def test_the_version_is_ours_and_not_that_of_the_repository_around(site: Path) -> None:
    told = "from warehouse.runs import code_version; print(code_version())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", told], env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True
    )
    assert done.stdout.strip() == version("concertino")


def test_another_projects_prefect_yaml_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prefect.yaml").write_text("name: theirs\ndeployments: []\n")
    given = (ROOT / "prefect.yaml").read_text("utf-8")
    assert _deployments_file().read_text("utf-8") == given
    edited = given.replace("30 2 * * *", "0 4 * * *")
    for own in (
        edited,
        edited[edited.index("name:") :],
        edited.replace("\n", "\r\n"),
        edited.replace("\nname: concertino\n", '\nname: "concertino"\n'),
    ):
        (tmp_path / "prefect.yaml").write_bytes(own.encode())
        assert _deployments_file() == Path("prefect.yaml")

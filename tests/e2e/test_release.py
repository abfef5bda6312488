"""LLMRouterBench's release, simulated by a tool that keeps its published marginals: from a folder to the tables."""

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tasks.ingest.ingest import ingest_source
from tests.e2e.test_init import COMMAND, RELEASE
from warehouse.connect import read

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not RELEASE.exists(), reason="the tool that simulates a release is not beside this checkout"),
]
FEW = {"performance": ("aime", "mathbench", "humaneval", "gpqa"), "cost": ("aime", "livemathbench", "gpqa", "tau2")}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_release", RELEASE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("setting", FEW)
def test_the_published_accuracies_come_out_exactly(home: Path, tmp_path: Path, tool: ModuleType, setting: str) -> None:
    every = list(getattr(tool, f"{setting.upper()}_DATASETS"))
    models = getattr(tool, f"{setting.upper()}_MODELS")
    at = [every.index(name) for name in FEW[setting]]

    def told(of: tuple[object, ...] | list[float]) -> list[float | None]:
        return [(of[3] if isinstance(of, tuple) else of)[place] for place in at]  # type: ignore[index]

    wanted = {name: getattr(tool, f"{setting.upper()}_DATASETS")[name] for name in FEW[setting]}
    few = {name: (*of[:3], told(of)) if isinstance(of, tuple) else told(of) for name, of in models.items()}
    tool.write_setting(tmp_path / "release", wanted, few, 1.0, 50, 7)
    ingest_source("llmrouterbench", str(tmp_path / "release"), {}, "run")
    found = {
        (dataset, model): percent
        for dataset, model, percent in read(
            "select dataset, model, round(100 * avg(score), 2) from response join question using (question_id) "
            "join score using (response_id) group by all"
        ).iter_rows()
    }
    published = {
        (dataset, model): percent
        for model, of in models.items()
        for dataset, percent in zip(FEW[setting], told(of), strict=True)
    }
    assert found == {pair: percent for pair, percent in published.items() if percent is not None}


def test_a_release_ends_in_its_two_tables(home: Path, tmp_path: Path, tool: ModuleType) -> None:
    """The costly setting's profile; of the other's, that it takes its part of the same release."""
    for setting in ("performance", "cost"):
        datasets, models = (getattr(tool, f"{setting.upper()}_{what}") for what in ("DATASETS", "MODELS"))
        tool.write_setting(tmp_path / "release", datasets, models, 0.01, 50, 7)

    def concertino(*words: str) -> Any:
        done = subprocess.run([COMMAND, *words, "--json"], capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    told = concertino("run", "routerbench-cost", "--release", str(tmp_path / "release"))
    systems = {one["system"]: one for one in told["systems"]}
    assert {"best-single", "random", "oracle", "knn", "concertino"} <= systems.keys()
    assert all(one["ci_low"] <= one["macro_accuracy"] <= one["ci_high"] for one in systems.values())
    tables = concertino("tables", "--profile", "routerbench-cost")
    rows = {next(iter(line.values())): line for line in tables["performance"]}
    assert {"gpt-5", "Oracle", "Max Expert"} <= rows.keys()
    other = ["ingest", "llmrouterbench", str(tmp_path / "release"), "--profile", "routerbench", "--dry-run"]
    found = {(line["dataset"], line["model"]) for line in concertino(*other)["coverage"]}
    assert ("meld", "Qwen3-8B") in found

"""The one entry: order, versions, unknown names."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

import tasks.score.judge
from tasks.score.judge import judge, needs_sandbox, scorer_version
from tasks.score.registry import scorers
from tasks.score.verdict import Item
from warehouse.errors import UserError

BUILT_IN = ["choice", "exact", "instructions", "json_answer", "knights", "math", "python_tests"]


def test_the_built_in_scorers_are_registered_with_a_version() -> None:
    assert set(BUILT_IN) <= set(scorers.names())
    assert all(scorer_version(name) for name in BUILT_IN)
    assert [name for name in BUILT_IN if needs_sandbox(name)] == ["python_tests"]


def test_an_unknown_scorer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"unknown scorer .judge.; choose one of: .*choice, .*exact"):
        judge([Item("judge", "text", "truth")])


def test_verdicts_keep_the_order_of_mixed_items() -> None:
    items = [Item("choice", "Answer: B", "B"), Item("math", "Answer: 0.5", "1/2"), Item("exact", "Paris", "paris")] * 50
    assert [verdict.extracted for verdict in judge(items)] == ["B", "1/2", "paris"] * 50


@pytest.mark.parametrize("on_worker", [True, False])
def test_workers_of_dask_do_not_crowd_their_host_with_sandboxes(
    on_worker: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get_worker() -> None:
        if not on_worker:
            raise ValueError("no worker")

    class Threads(ThreadPoolExecutor):
        def __init__(self, n: int) -> None:
            at_once.append(n)
            super().__init__(n)

    at_once: list[int] = []
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(get_worker=get_worker))
    monkeypatch.setattr(tasks.score.judge, "SANDBOXES_AT_ONCE", 8)
    monkeypatch.setattr(tasks.score.judge, "ThreadPoolExecutor", Threads)
    judge([])
    assert at_once == [2 if on_worker else 8]


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_a_container_judges_as_many_programs_at_once_as_its_quota_has_processors(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("100000 100000\n")  # one processor, as a container runtime sets it
    container = ["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/sys/fs/cgroup", "--ro-bind"]
    code = "from tasks.score.judge import SANDBOXES_AT_ONCE as n; print(n)"
    python = [sys.executable, "-c", code]
    quota = [str(tmp_path / "cpu.max"), "/sys/fs/cgroup/cpu.max"]
    done = subprocess.run([*container, *quota, *python], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.runs import (
    close_dead_runs,
    code_version,
    finish_run,
    new_run_id,
    record_stage,
    resumable,
    run_to_continue,
    start_run,
)
from warehouse.writer import now, write

_DOES_A_RUN = """
import sys
from warehouse.runs import start_run
start_run(sys.argv[1], "run", parameters={}, profile="demo", command_hash="c")
print("begun", flush=True)
sys.stdin.read()
"""


@contextmanager
def elsewhere(run_id: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that does a run; killed at the end if not before."""
    command = [sys.executable, "-c", _DOES_A_RUN, run_id]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_run_is_running_until_it_is_finished(home: Path) -> None:
    run = new_run_id()
    start_run(run, "run", parameters={"profile": "demo"}, profile="demo", seeds=[0, 1], synthetic=True)
    row = read("from run").row(0, named=True)
    assert (row["status"], row["finished_at"], row["seeds"], row["code_version"]) == (
        "running",
        None,
        [0, 1],
        code_version(),
    )
    assert json.loads(row["parameters"]) == {"profile": "demo"}
    finish_run(run, "failed", "no key")
    after = read("from run").row(0, named=True)
    assert (after["status"], after["message"]) == ("failed", "no key")
    assert after["finished_at"] >= after["started_at"] == row["started_at"]
    assert after["profile"] == "demo"


def test_a_stage_that_runs_again_replaces_its_lineage(home: Path) -> None:
    for rows in ({"response": 3}, {"response": 5}):
        record_stage("r1", "collect", input_hash=None, output_hash="h", rows=rows, seconds=1.5)
    record_stage("r1", "score", input_hash=None, output_hash=None, rows={}, seconds=0.1)
    found = read("select stage, n_row from lineage order by stage").rows()
    assert [(stage, json.loads(n)) for stage, n in found] == [("collect", {"response": 5}), ("score", {})]


def test_run_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_run_id() for _ in range(50)]
    assert len(set(ids)) == 50
    assert [one[:15] for one in ids] == sorted(one[:15] for one in ids)


def test_a_killed_run_is_closed_by_the_next_and_a_living_one_is_not(home: Path) -> None:
    with elsewhere("killed") as killed, elsewhere("living"):
        start_run("own", "run", parameters={})
        assert close_dead_runs().is_empty()
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        record_stage("killed", "collect", input_hash=None, output_hash=None, rows={}, seconds=1.0)
        assert close_dead_runs()["run_id"].to_list() == ["killed"]
        with pytest.raises(UserError, match="another process"):
            start_run("living", "run", parameters={})
    found = read("select run_id, status, message from run order by run_id").rows()
    assert found == [
        ("killed", "interrupted", "its process ended without a word"),
        ("living", "running", None),
        ("own", "running", None),
    ]
    ended = read("select run.finished_at = lineage.finished_at from run inner join lineage using (run_id)")
    assert ended.item(), "the last sign of life"


def test_a_run_from_before_there_were_locks_is_closed_too(home: Path) -> None:
    start_run("old", "run", parameters={})
    (home / "running" / "old.lock").unlink()
    finish_run("old", "running")
    assert close_dead_runs()["run_id"].to_list() == ["old"]
    assert not list((home / "running").iterdir())


def test_the_same_command_continues_what_was_interrupted_and_nothing_else(home: Path) -> None:
    for run_id, command, status in (("a", "c", "interrupted"), ("b", "other", "failed")):
        start_run(run_id, "run", parameters={}, profile="demo", command_hash=command)
        finish_run(run_id, status)
    assert run_to_continue("c") == "a"
    assert run_to_continue("other") is None
    began = read("select started_at from run where run_id = 'a'").item()
    start_run("a", "run", parameters={}, profile="demo", command_hash="c")
    assert read("select status, started_at, finished_at from run where run_id = 'a'").row(0) == ("running", began, None)
    finish_run("a", "completed")
    assert run_to_continue("c") is None


def test_after_a_day_the_same_command_is_another_run(home: Path) -> None:
    start_run("a", "run", parameters={}, command_hash="c")
    finish_run("a", "interrupted")
    row = read("from run")
    write("run", row.with_columns(started_at=pl.lit(now() - timedelta(hours=23, minutes=1))))
    assert run_to_continue("c") is None


def test_only_an_unfinished_run_of_the_same_command_is_resumed(home: Path) -> None:
    start_run("a", "run", parameters={}, profile="demo")
    finish_run("a", "stopped by budget")
    assert resumable("a", "run", "demo") == "a"
    for arguments, words in (
        (("nosuch", "run", "demo"), "no run nosuch"),
        (("a", "collect", "demo"), "`run` with profile 'demo'"),
        (("a", "run", "mine"), "`run` with profile 'demo'"),
    ):
        with pytest.raises(UserError, match=words):
            resumable(*arguments)
    finish_run("a", "completed")
    with pytest.raises(UserError, match="completed"):
        resumable("a", "run", "demo")

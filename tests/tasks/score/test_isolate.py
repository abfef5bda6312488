"""A hostile answer costs its own verdict: the worker is killed, the rest of the batch is judged."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tasks.score.isolate import WorkerPool
from tasks.score.verdict import Item
from warehouse.errors import UserError

EXPANDED = r"\boxed{(x+y+z+w)^{200}}", "(x+y+z+w)^{199}(x+y+z)"  # millions of terms


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    pool = WorkerPool(limit_s=1)
    yield pool
    pool.close()


def math(text: str, truth: str = "4") -> Item:
    return Item("math", text, truth)


def test_a_hanging_item_is_unjudged_and_its_neighbours_are_judged(pool: WorkerPool) -> None:
    hostile = math(*EXPANDED)
    items = [math("Answer: 4"), hostile, math("Answer: 5"), hostile, math(r"Answer: 2^2"), math("nothing")]
    started = time.monotonic()
    verdicts = pool.judge(items)
    assert [found.verdict for found in verdicts] == ["correct", "unjudged", "wrong", "unjudged", "correct", "no_answer"]
    assert [verdicts[1].score, verdicts[1].detail] == [None, "judging took longer than 1 s"]
    assert time.monotonic() - started < 120


@pytest.mark.parametrize("scorer", ["exact", "json_answer"])
def test_half_a_character_is_an_answer_like_others(pool: WorkerPool, scorer: str) -> None:
    half = Item(scorer, r'{"answer": "\ud83d"}', "5")
    assert [(one.verdict, one.extracted) for one in pool.judge([half])] == [("wrong", "?")]


def test_the_limit_holds_where_its_signal_was_ignored_before() -> None:
    code = (
        "import signal\nfrom tasks.score.isolate import WorkerPool\nfrom tasks.score.verdict import Item\n"
        "signal.signal(signal.SIGPROF, signal.SIG_IGN)\n"
        f"print(WorkerPool(limit_s=1).judge([Item('math', *{EXPANDED!r})])[0].detail)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "judging took longer than 1 s\n"


@pytest.mark.parametrize("power", ["9**9**9**9", "9^{9^{9^{9}}}", "(10^{10})!", "9^9^9^9^9^9"])
def test_towers_of_powers_do_not_hang_and_are_not_right(pool: WorkerPool, power: str) -> None:
    started = time.monotonic()
    assert pool.judge([math(f"Answer: {power}")])[0].verdict in {"wrong", "unjudged"}
    assert time.monotonic() - started < 120


def test_order_is_kept_over_many_batches(pool: WorkerPool) -> None:
    verdicts = pool.judge([math(f"Answer: {n}", str(n)) for n in range(700)])
    assert [found.extracted for found in verdicts] == [str(n) for n in range(700)]
    assert {found.verdict for found in verdicts} == {"correct"}


def test_a_wrong_option_is_the_users_error(pool: WorkerPool) -> None:
    with pytest.raises(UserError, match="comparison 'magic'"):
        pool.judge([Item("json_answer", '{"answer": "1"}', "1", {"compare": "magic"})])
    assert pool.judge([math("Answer: 4")])[0].verdict == "correct"


def test_nothing_to_judge_starts_nothing(pool: WorkerPool) -> None:
    assert pool.judge([]) == []


def test_a_defect_of_a_scorer_leaves_its_item_unjudged(pool: WorkerPool) -> None:
    broken = Item("instructions", "text", None, {}, {"constraints": [{"kind": "min_words"}]})
    found = pool.judge([broken, math("Answer: 4")])
    assert [verdict.verdict for verdict in found] == ["unjudged", "correct"]
    assert (found[0].score, found[0].detail) == (None, "KeyError: 'n'")


def test_workers_hold_no_keys(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    pool.judge([math("Answer: 4")])
    found = _workers()
    assert found
    for pid in found:
        with open(f"/proc/{pid}/environ") as handle:
            assert "secret" not in handle.read()


def test_a_worker_that_died_while_it_waited_is_replaced(pool: WorkerPool) -> None:
    assert pool.judge([math("Answer: 4")])[0].verdict == "correct"
    for pid in _workers():
        os.kill(int(pid), signal.SIGKILL)
        os.waitid(os.P_PID, int(pid), os.WEXITED | os.WNOWAIT)  # dead, and still the pool's to find
    assert pool.judge([math("Answer: 4")])[0].verdict == "correct"


def test_workers_end_with_the_process_that_started_them() -> None:
    code = (
        "import os, subprocess\nfrom tasks.score.judge import judge\nfrom tasks.score.verdict import Item\n"
        "judge([Item('choice', 'A', 'A')])\n"
        "find = ['pgrep', '-P', str(os.getpid()), '-f', 'score.worker']\n"
        "print(subprocess.run(find, capture_output=True, text=True).stdout, flush=True)\nos._exit(0)"
    )
    pids = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert pids
    deadline = time.monotonic() + 60
    while any(os.path.exists(f"/proc/{pid}") for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def _workers() -> list[str]:
    found = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "score.worker"], capture_output=True, text=True)
    return found.stdout.split()

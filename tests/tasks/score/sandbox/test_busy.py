"""CPU time decides, not wall time: on a busy machine, what did not get the processor is run once more."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.score.sandbox import run
from tasks.score.sandbox.box import Box
from tasks.score.sandbox.run import Outcome, run_program, sandbox_available
from tasks.score.scorers import python_tests
from tasks.score.verdict import Item

BURN = "import os\nos.sched_setaffinity(0, {{{}}})\nwhile True: pass"


@pytest.mark.skipif(sandbox_available() is not None, reason=str(sandbox_available()))
def test_a_program_that_does_not_get_the_processor_is_run_once_more() -> None:
    core = min(all_of_them := os.sched_getaffinity(0))
    use = "import time\ndef f(x):\n    while time.process_time() < 0.7: pass\n    return x + 1"
    with ThreadPoolExecutor(1) as threads:  # its sandbox starts on that core, and ends with it

        def crowded(code: str, limit_s: int) -> Outcome:
            os.sched_setaffinity(0, {core})
            return run_program(code, ["assert f(1) == 2"], limit_s=limit_s)

        burn = [sys.executable, "-c", BURN.format(core)]
        burning = [subprocess.Popen(burn, start_new_session=True) for _ in range(4)]
        try:
            right = threads.submit(crowded, use, 2).result()
            waits = threads.submit(crowded, "import time\ntime.sleep(99)", 1).result()
        finally:
            for one in burning:
                one.kill()
                one.wait()
    assert (right.passed, right.retried) == ((True,), True)
    assert (waits.slow, waits.retried) == (True, False), "what waits needs no second try"
    assert os.sched_getaffinity(0) == all_of_them


@pytest.mark.parametrize(
    ("second", "verdict", "why"),
    [(Outcome((True,)), "correct", ""), (Outcome(slow=True, starved=True), "timeout", "stopped by its time limit; ")],
)
def test_a_second_try_is_the_last_and_marked(
    second: Outcome, verdict: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = [(Outcome(slow=True, starved=True), ""), (second, "")]
    monkeypatch.setattr(run, "_run", lambda *_: tries.pop(0))
    monkeypatch.setattr(run, "sandbox", lambda: Box("none", "", lambda _: ["true"]))
    item = Item("python_tests", "```python\ndef f(x): return 2\n```", None, {}, {"tests": ["assert f(1) == 2"]})
    found = python_tests.judge(item)
    assert (found.verdict, found.detail) == (verdict, f"{why}second try: the machine was busy")
    assert not tries

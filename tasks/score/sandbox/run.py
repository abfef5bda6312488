"""Run one untrusted program against its tests in a sandbox, or refuse: nothing runs outside of one.

bubblewrap where it works, else a container runtime. Inside of either a program has no right to start processes, and
CPU time, wall time, memory, file size and output are bounded; its verdict cannot be forged (see `parent`). A thread
starts one sandbox and gives it one program after the other, each in processes of its own (see `forkserver`).
"""

import json
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from tasks.score.sandbox import bubblewrap, container
from tasks.score.sandbox.box import Box
from tasks.score.sandbox.started import Started
from warehouse.errors import UserError

LIMIT_S = 10
_GRACE_S = 1  # of wall time, beyond the CPU time
_PATIENCE = 4  # times the CPU time, for a program that did not get the processor
OURS = ("NotPlain", "NoModule", "OddTest")  # errors of tests that are no fault of a program


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program did.

    Args:
        passed: per test, whether it passed; empty when the program did not load.
        errors: per test, the name of the exception that failed it.
        normal: the program without comments and layout; null when it does not parse.
        failed: why the program gave no outcome, as the name of an exception.
        slow: it was stopped by a time limit.
        starved: it was stopped, by wall time, while it computed: the machine was busy.
        retried: a first try was stopped because the machine was busy; this is the second.
        ours: it failed for want of a package that the sandbox does not have.
        called: a test used the program.
    """

    passed: tuple[bool, ...] = ()
    errors: tuple[str | None, ...] = ()
    normal: str | None = None
    failed: str | None = None
    slow: bool = False
    starved: bool = False
    retried: bool = False
    called: bool = True
    ours: bool = False


class _Own(threading.local):
    """The sandbox of this thread, which ends with it."""

    _started: Started | None = None

    def of(self, box: Box) -> Started:
        if self._started is None or not self._started.usable or self._started.box != box:
            self._started = Started(box)
        return self._started


_own = _Own()


def sandbox_available() -> str | None:
    """Why programs cannot be run here, as a sentence with the fix; None when they can."""
    found = sandbox()
    return None if isinstance(found, Box) else found


@cache
def sandbox() -> Box | str:
    """The sandbox that works here, or why there is none, as a sentence with the fix."""
    boxes = [box for box in [bubblewrap.box(), *container.boxes()] if box]
    complaints = [] if bubblewrap.box() else [f"running model code needs bubblewrap; {bubblewrap.INSTALL}"]
    for box in boxes:
        started = Started(box)
        outcome, complaint = _run(started, "def f(x):\n    return x + 1\n", ["assert f(1) == 2"], "f", LIMIT_S)
        started.end()
        if outcome is not None and outcome.passed == (True,):
            return box
        complaints.append(f"{box.name} cannot make a sandbox here ({complaint or 'it gave no answer'}); {box.fix}")
    return "; or: ".join(complaints)


def run_program(
    code: str,
    tests: Sequence[str],
    entry_point: str | None = None,
    limit_s: int = LIMIT_S,
    main: str | None = None,
) -> Outcome:
    """Run a program's tests, each an `assert` statement (or any code) that calls its functions.

    Args:
        code: the program, as the model wrote it.
        tests: Python source; functions of the program are called with, and must return, plain data.
        entry_point: the function that is tested, even where the program hides it behind a built-in's name.
        limit_s: seconds of CPU time, which decide. A program that waits is stopped soon after as much wall time; one
            that did not get the processor until then is run once more, with more wall time.
        main: the tests' name for the whole program, a function from its standard input to what it prints; None: it is
            loaded once and its functions are called.

    Raises:
        UserError: there is no working sandbox; the message says how to get one.
    """
    box = sandbox()
    if not isinstance(box, Box):
        raise UserError(box)
    outcome, complaint = _run(_own.of(box), code, tests, entry_point, limit_s, main)
    if outcome is not None and outcome.starved:
        more = _PATIENCE * limit_s
        outcome, complaint = _run(_own.of(box), code, tests, entry_point, limit_s, main, more)
        outcome = outcome and replace(outcome, retried=True)
    return outcome if outcome is not None else Outcome(failed=complaint or "no result")


def _run(
    started: Started,
    code: str,
    tests: Sequence[str],
    entry_point: str | None,
    limit_s: int,
    main: str | None = None,
    wall_s: int | None = None,
) -> tuple[Outcome | None, str]:
    """The outcome, if the sandbox gave one, and what it complained about."""
    nonce = secrets.token_hex(16)
    job = json.dumps({"nonce": nonce, "code": code, "tests": list(tests), "entry_point": entry_point, "main": main})
    answer = started.judge(job.encode(), limit_s, wall_s or limit_s + _GRACE_S)
    if answer.slow:
        return Outcome(slow=True, starved=True), ""
    try:
        result = json.loads(answer.line)
    except ValueError:
        return None, answer.complaint
    if result["nonce"] != nonce:
        return None, "the sandbox answered for another job"
    return Outcome(
        tuple(result.get("outcomes", ())),
        tuple(result.get("errors", ())),
        result.get("normal"),
        result.get("failed"),
        bool(result.get("slow")),
        bool(result.get("starved")),
        False,
        bool(result.get("called", True)),
        bool(result.get("ours")),
    ), ""

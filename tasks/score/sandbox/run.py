"""Run one untrusted program against its tests in a sandbox, or refuse: nothing runs outside of one.

bubblewrap where it works, else a container runtime. Inside of either a program has no right to start processes, and
CPU time, wall time, memory, file size and output are bounded; its verdict cannot be forged (see `parent`).
"""

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tasks.score.sandbox import bubblewrap, container
from tasks.score.sandbox.box import Box
from warehouse.errors import UserError

LIMIT_S = 10
_ADVICE = ("Run 'docker", "See 'docker")  # Docker's last line, after what is wrong
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
        ours: it failed for want of a package that the sandbox does not have.
        called: a test used the program.
    """

    passed: tuple[bool, ...] = ()
    errors: tuple[str | None, ...] = ()
    normal: str | None = None
    failed: str | None = None
    slow: bool = False
    called: bool = True
    ours: bool = False


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
        outcome, complaint = _run(box, "def f(x):\n    return x + 1\n", ["assert f(1) == 2"], "f", LIMIT_S)
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
        limit_s: seconds of CPU time and of wall time, start of the sandbox not counted.
        main: the tests' name for the whole program, a function from its standard input to what it prints; None: it is
            loaded once and its functions are called.

    Raises:
        UserError: there is no working sandbox; the message says how to get one.
    """
    box = sandbox()
    if not isinstance(box, Box):
        raise UserError(box)
    outcome, complaint = _run(box, code, tests, entry_point, limit_s, main)
    return outcome if outcome is not None else Outcome(failed=complaint or "no result")


def _run(
    box: Box, code: str, tests: Sequence[str], entry_point: str | None, limit_s: int, main: str | None = None
) -> tuple[Outcome | None, str]:
    """The outcome, if the sandbox gave one, and what it complained about."""
    nonce, job_name = secrets.token_hex(16), f"concertino-{secrets.token_hex(8)}"
    job = json.dumps({"nonce": nonce, "code": code, "tests": list(tests), "entry_point": entry_point, "main": main})
    with subprocess.Popen(
        box.command(limit_s, job_name),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: os.environ[name] for name in box.environment if name in os.environ},
        start_new_session=True,
    ) as process:
        try:
            output, complaint = process.communicate(job.encode(), timeout=limit_s + box.start_s)
        except subprocess.TimeoutExpired:
            return Outcome(slow=True), ""
        finally:
            if process.poll() is None:  # its death takes the whole process namespace with it
                os.killpg(process.pid, signal.SIGKILL)
                if box.stop:
                    box.stop(job_name)
    lines = complaint.decode(errors="replace").strip().splitlines()
    said = [line for line in lines if line and not line.startswith(_ADVICE)]
    try:
        result = json.loads(output)
    except ValueError:
        return None, said[-1][:200] if said else ""
    if result["nonce"] != nonce:
        return None, "the sandbox answered for another job"
    return Outcome(
        tuple(result.get("outcomes", ())),
        tuple(result.get("errors", ())),
        result.get("normal"),
        result.get("failed"),
        bool(result.get("slow")),
        bool(result.get("called", True)),
        bool(result.get("ours")),
    ), ""

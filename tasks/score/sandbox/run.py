"""Run one untrusted program against its tests in a bubblewrap sandbox, or refuse: there is no fallback.

The program sees an empty file system with the interpreter and /usr read-only, 16 MB of scratch space, no network, no
home, no environment, no /proc, its own process namespace and no right to start processes; it is bounded in CPU time,
wall time, memory, file size and output (`tasks.score.sandbox.parent` says how its verdict cannot be forged).
"""

import json
import os
import platform
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tasks.score.sandbox import child, confine, held, parent, plain, remote, special
from warehouse.errors import UserError

LIMIT_S = 10
OURS = ("NotPlain", "NoModule")  # errors of tests that are no fault of a program
_BOX = "/box"
_SCRATCH_BYTES = 16 << 20
_INSTALL = "install it with `sudo apt-get install bubblewrap` (Fedora: `sudo dnf install bubblewrap`)"
_ALLOW = "allow it with `sudo sysctl -w kernel.unprivileged_userns_clone=1` or run outside of the container"


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


@cache
def sandbox_available() -> str | None:
    """Why programs cannot be run here, as a sentence with the fix; None when they can."""
    if sys.platform != "linux" or platform.machine() not in confine.SYSTEM_CALLS:
        return f"running model code needs Linux on x86-64 or ARM64, not {sys.platform} on {platform.machine()}"
    if shutil.which("bwrap") is None:
        return f"running model code needs bubblewrap; {_INSTALL}"
    outcome, complaint = _run("def f(x):\n    return x + 1\n", ["assert f(1) == 2"], "f", LIMIT_S)
    if outcome is None or outcome.passed != (True,):
        return f"bubblewrap cannot make a sandbox here ({complaint or 'it gave no answer'}); {_ALLOW}"
    return None


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
    reason = sandbox_available()
    if reason is not None:
        raise UserError(reason)
    outcome, complaint = _run(code, tests, entry_point, limit_s, main)
    return outcome if outcome is not None else Outcome(failed=complaint or "no result")


def _run(
    code: str, tests: Sequence[str], entry_point: str | None, limit_s: int, main: str | None = None
) -> tuple[Outcome | None, str]:
    """The outcome, if the sandbox gave one, and what it complained about."""
    nonce = secrets.token_hex(16)
    job = json.dumps({"nonce": nonce, "code": code, "tests": list(tests), "entry_point": entry_point, "main": main})
    with subprocess.Popen(
        _command(limit_s),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={},
        start_new_session=True,
    ) as process:
        try:
            output, complaint = process.communicate(job.encode(), timeout=limit_s + 2)
        except subprocess.TimeoutExpired:
            return Outcome(slow=True), ""
        finally:
            if process.poll() is None:  # its death takes the whole process namespace with it
                os.killpg(process.pid, signal.SIGKILL)
    said = complaint.decode(errors="replace").strip().splitlines()
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


@cache
def _command(limit_s: int) -> tuple[str, ...]:
    prefix = Path(sys.base_prefix).resolve()
    interpreter = Path(os.path.realpath(sys.executable))
    if not interpreter.is_relative_to(prefix):  # a virtual environment made of copies
        interpreter = prefix / "bin" / "python3"
    command = [str(shutil.which("bwrap")), "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    command += ["--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "sandbox"]
    command += ["--size", str(_SCRATCH_BYTES), "--tmpfs", "/tmp", "--ro-bind", "/usr", "/usr"]
    for folder in ("/bin", "/lib", "/lib32", "/lib64"):
        if Path(folder).is_symlink():
            command += ["--symlink", os.readlink(folder), folder]
        elif Path(folder).is_dir():
            command += ["--ro-bind", folder, folder]
    if not prefix.is_relative_to("/usr"):
        command += ["--ro-bind", str(prefix), str(prefix)]
    for device in ("/dev/null", "/dev/urandom"):
        command += ["--dev-bind", device, device]
    for module in (parent, remote, child, held, plain, special, confine):
        command += ["--ro-bind", str(Path(str(module.__file__))), f"{_BOX}/{module.__name__.replace('.', '/')}.py"]
    for package in _numpy():
        command += ["--ro-bind", str(package), f"{_BOX}/{package.name}"]
    # A fixed hash seed: the order of sets must not decide a verdict.
    command += [
        "--chdir",
        "/tmp",
        "--remount-ro",
        "/",
        "--setenv",
        "PYTHONHASHSEED",
        "0",
        "--setenv",
        "PYTHONPATH",
        _BOX,
        "--setenv",
        "OPENBLAS_NUM_THREADS",
        "1",
    ]
    return (*command, str(interpreter), "-s", "-S", "-P", "-B", f"{_BOX}/tasks/score/sandbox/parent.py", str(limit_s))


def _numpy() -> list[Path]:
    """Folders of numpy, the one package that programs get beyond the standard library, where it is installed."""
    found = find_spec("numpy")
    package = Path(str(found.origin)).parent if found else Path("numpy")
    return [folder for folder in (package, package.with_name("numpy.libs")) if folder.is_dir()]

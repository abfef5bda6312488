"""The first process of a sandbox: it forks what judges a job, and clears away what the job leaves.

Three processes. This one imports what the others need, once; of a job it reads only how long it may take. For each job
it forks the parent, which runs the tests, and the parent forks the child before it reads the job: so the child holds
the program and nothing else, no test, no nonce, no way to the result. When the parent ends, every process of the
sandbox but this one is killed and the scratch space is emptied: a program finds nothing of those before it. Standard
library only.
"""

import contextlib
import gc
import json
import os
import shutil
import signal
import struct
import sys
import time
from typing import Any, NoReturn

from tasks.score.sandbox.child import run_program
from tasks.score.sandbox.confine import adopt_orphans, confine, hide, limit
from tasks.score.sandbox.parent import run_tests
from tasks.score.sandbox.plain import Gone, NotPlain

HEADER = struct.Struct(">III")  # seconds of CPU time and of wall time that a job may take, and its bytes
_WAITS = 0.02  # of its CPU time: a program that used less waits for something else than the processor
_SCRATCH = "/tmp"
_OURS = (_SCRATCH, "/dev/null", "/dev/urandom")  # the devices, too, where root runs this: bubblewrap's are the host's


def _read(size: int) -> bytearray:
    """The next bytes of the standard input, fewer at its end; none beyond them, which are another process's to read."""
    read = bytearray()
    while len(read) < size and (more := os.read(0, size - len(read))):
        read += more
    return read


def _out_of_time(pid: int) -> bool:
    """Whether the child was killed by its CPU limit; it has a second to end."""
    for _ in range(100):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL}
        time.sleep(0.01)
    return False


def _detach() -> None:
    """Let nothing that runs here read the jobs or write among the answers."""
    nowhere = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)


def _say(answers: int, result: dict[str, Any]) -> None:
    with os.fdopen(answers, "w") as told:
        told.write(json.dumps(result) + "\n")


def _used(pid: int) -> float:
    """Seconds of CPU time that a process has used; `/proc`, which would tell as well, is not here."""
    with contextlib.suppress(OSError):
        return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)
    return 0


def _end_after(wall_s: int, pid: int, enough_s: float, answers: int, result: dict[str, Any]) -> None:
    """End with a result when a program waits, or does not get the processor: then it is `starved`."""

    def end(*_: object) -> NoReturn:
        _say(answers, {**result, "starved": _used(pid) > enough_s})
        os._exit(0)

    signal.signal(signal.SIGALRM, end)
    signal.alarm(wall_s)


def _judge(seconds: int, wall_s: int, size: int) -> None:
    """Everything that the forked parent does, and the child that it forks."""
    limit(seconds)
    from_parent, to_child = os.pipe()
    from_child, to_parent = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(to_child)
        os.close(from_child)
        _detach()
        confine()
        with contextlib.suppress(BaseException):
            run_program(os.fdopen(from_parent, "rb"), os.fdopen(to_parent, "wb"))
        os._exit(0)
    os.close(from_parent)
    os.close(to_parent)
    job = json.loads(_read(size))
    answers = os.dup(1)
    _detach()
    _end_after(wall_s, pid, _WAITS * seconds, answers, {"nonce": job["nonce"], "slow": True})
    try:
        result = run_tests(job, os.fdopen(to_child, "wb"), os.fdopen(from_child, "rb"))
    except (Gone, Exception) as error:  # whatever the program sent, it was no proper answer
        too_long = isinstance(error, NotPlain)  # of a program to be sent
        result = {"nonce": job["nonce"], "failed": "SystemExit", "slow": _out_of_time(pid), "ours": too_long}
    signal.alarm(0)
    _say(answers, result)


def _end_all() -> None:
    """Kill every process of the sandbox but this one and its init."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def _clear(modes: dict[str, int]) -> None:
    """Empty the scratch space. Whatever cannot be removed is an error, which ends the sandbox and all that is in it."""
    for path, mode in modes.items():
        if os.stat(path).st_mode != mode:
            os.chmod(path, mode)
    with os.scandir(_SCRATCH) as left:
        for entry in left:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)


def main() -> None:
    """Judge jobs from the standard input; each is answered by a line of JSON and an empty line.

    A parent that fails may not have read its job, of which nothing may be taken for the next: then this ends, too.
    """
    if os.getpid() > 2:  # after the init of a process namespace
        sys.exit("this ends every process that it can reach: it is started in a sandbox only")
    adopt_orphans()
    hide()
    sys.set_int_max_str_digits(0)  # which the benchmarks' Pythons do not limit
    modes = {path: os.stat(path).st_mode for path in _OURS}
    gc.freeze()
    while len(header := _read(HEADER.size)) == HEADER.size:
        if (judging := os.fork()) == 0:
            with contextlib.suppress(BaseException):
                _judge(*HEADER.unpack(header))
                os._exit(0)
            os._exit(1)
        if os.waitpid(judging, 0)[1]:
            break
        _end_all()
        _clear(modes)
        os.write(1, b"\n")


if __name__ == "__main__":
    main()

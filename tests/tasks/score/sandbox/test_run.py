"""Programs that try to get out, to stay, to take everything, or to pass without being right."""

import sys
import time
from pathlib import Path

import psutil
import pytest

from tasks.score.sandbox.run import Outcome, run_program, sandbox, sandbox_available
from warehouse.errors import UserError

needs_sandbox = pytest.mark.skipif(sandbox_available() is not None, reason=str(sandbox_available()))
RIGHT = "def f(x):\n    return x + 1\n"
TESTS = ["assert f(1) == 2", "assert f(5) == 6"]

# Each defines f so that f(1) == 2 only if the attempt succeeds.
ESCAPES = {
    "host's passwords": "def f(x): return 2 if open('/etc/passwd').read() else 0",
    "another process": "import os\ndef f(x): return 2 if os.path.exists('/proc/1') else 0",
    "host's passwords by a link": "import os\ndef f(x): os.symlink('/etc/passwd', 'a'); open('a').read(); return 2",
    "a link to the judge": (
        "import os\ndef f(x): os.symlink('/box/tasks/score/sandbox/plain.py', 'a'); open('a', 'a').write('#'); return 2"
    ),
    "another name of a system file": "import os\ndef f(x): os.link('/usr/bin/env', 'a'); return 2",
    "warehouse": "import os\ndef f(x): return 2 if os.path.exists(WAREHOUSE) else 0",
    "homes": "import os\ndef f(x): return 2 if any(map(os.path.exists, HOMES)) else 0",
    "internet": "import socket\ndef f(x): socket.create_connection(('1.1.1.1', 53), 2); return 2",
    "loopback": "import socket\ndef f(x): socket.create_connection(('127.0.0.1', PORT), 2); return 2",
    "fork": "import os\ndef f(x): os.fork(); return 2",
    "another program": "import subprocess\ndef f(x): subprocess.run(['/usr/bin/env']); return 2",
    "shell": "import os\ndef f(x): return 2 if os.system('true') == 0 else 0",
    "kill the judge": "import os\ndef f(x): os.kill(os.getppid(), 9); return 2",
    "trace the judge": (
        "import ctypes, os\ndef f(x): return 2 if not ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) else 0"
    ),
    "new namespace": "import ctypes\ndef f(x): return 2 if not ctypes.CDLL(None).unshare(0x10000000) else 0",
    "write system files": "def f(x): open('/usr/x', 'w').write('1'); return 2",
    "write the root": "def f(x): open('/x', 'w').write('1'); return 2",
    "change the judge": "def f(x): open('/box/tasks/score/runner.py', 'a').write('#'); return 2",
    "fill the scratch space": (
        "def f(x):\n    for i in range(100): open(f'/tmp/{i}', 'w').write('x' * 10**6)\n    return 2"
    ),
    "one big file": "def f(x): open('/tmp/a', 'w').write('x' * (9 << 20)); return 2",
    "memory": "def f(x): a = bytearray(2 << 30); return 2",
    "environment": "import os\ndef f(x): return 2 if 'CONCERTINO_SECRET' in os.environ or 'HOME' in os.environ else 0",
    "keyboard": "def f(x): input(); return 2",
}
FORGERIES = {
    "exit": "import sys\nsys.exit(0)",
    "exit without handlers": "import os\nos._exit(0)",
    "exit in the function": "import os\ndef f(x): os._exit(0)",
    "print success": "print('{\"outcomes\": [true, true]}')\ndef f(x): return 0",
    "success at exit": "import atexit\natexit.register(print, '{\"outcomes\": [true, true]}')\ndef f(x): return 0",
    "write to every pipe": (
        'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'{"outcomes": [true, true], "names": []}\\n\')\n'
        "    except OSError: pass\ndef f(x): return 0"
    ),
    "equal to everything": "class A:\n    def __eq__(s, o): return True\ndef f(x): return A()",
    "a number equal to everything": (
        "class A(int):\n    def __eq__(s, o): return True\n    __hash__ = int.__hash__\ndef f(x): return A(0)"
    ),
    "a number that spells itself wrong": "class A(int):\n    def __repr__(s): return '2'\ndef f(x): return A(0)",
    "no assertions": "import builtins\nbuiltins.AssertionError = type('E', (Exception,), {})\ndef f(x): return 0",
    "patched messages": "import json\njson.dumps = lambda *a, **k: '{}'\ndef f(x): return 0",
    "read the tests": (
        "import gc, sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n"
        "        if 'job' in frame.f_locals: return x + 1\n        frame = frame.f_back\n"
        "    return x + 1 if any(isinstance(o, dict) and 'nonce' in o for o in gc.get_objects()) else 0"
    ),
    "remember the judge's code": "import __main__\ndef f(x): return x + 1 if hasattr(__main__, 'job') else 0",
    "a built-in of its own": "from math import isnan as abs\ndef f(x): return 0",
    "a class for a built-in": "class all:\n    def __new__(c, x): return True\ndef f(x): return 0",
    "an argument made right": "def f(x): return [2]",
    "empty": "",
    "no such function": "def g(x): return x + 1",
    "syntax error": "def f(x:",
    "deep nesting": "f = " + "(" * 5000 + "1" + ")" * 5000,
}
# Each returns 2 only if it got through to the process that runs the tests (P) or to all that the sandbox holds.
SIGNALS = {
    "signal": "os.kill(P, 0)",
    "signal that stops": "os.kill(P, signal.SIGSTOP)",
    "signal to init": "os.kill(1, 0)",
    "signal to all": "os.kill(-1, 0)",
    "signal to the group": "os.killpg(0, 0)",
    "signal to a thread": "done(C.syscall(TKILL, P, signal.SIGSTOP))",
    "signal to a thread of a process": "done(C.tgkill(P, P, signal.SIGINT))",
    "signal to a thread of init": "done(C.tgkill(1, 1, signal.SIGKILL))",
    "signal with a value": "done(C.sigqueue(P, 0, None))",
    "signal by descriptor": "signal.pidfd_send_signal(os.pidfd_open(P), 0)",
    "signal of a pipe": "fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, P)",
    "signal of a pipe, by type": "fcntl.fcntl(os.pipe()[0], 15, struct.pack('ii', 1, P))",
    "signal of a pipe to the group": "fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, -os.getpgid(0))",
    "signal of a socket": "fcntl.ioctl(socket.socketpair()[0], 0x8901, struct.pack('i', P))",
    "signal of a socket to init": "fcntl.ioctl(socket.socketpair()[0], 0x8902, struct.pack('i', 1))",
    "files that others wait for": "fcntl.fcntl(os.open('/box/tasks/score/sandbox/plain.py', 0), fcntl.F_SETLEASE, 0)",
    "signal of a terminal": "fcntl.ioctl(os.open('/dev/tty', os.O_RDWR), 0x5412, b'x')",
    "signal at its end": "resource.prlimit(P, resource.RLIMIT_CPU, (0, 0))",
    "no files": "resource.prlimit(P, resource.RLIMIT_NOFILE, (0, 0))",
    "another scheduler": "os.sched_setscheduler(P, os.SCHED_IDLE, os.sched_param(0))",
    "another core": "os.sched_setaffinity(P, os.sched_getaffinity(0))",
    "another priority": "os.setpriority(os.PRIO_PROCESS, P, 19)",
    "another priority of the user": "os.setpriority(os.PRIO_USER, os.getuid(), 19)",
    "another group": "os.setpgid(P, 0)",
}
ENDS = [
    "StopIteration",
    "StopAsyncIteration",
    "GeneratorExit",
    "SystemExit",
    "KeyboardInterrupt",
    "BaseException",
    "type('Mine', (StopIteration,), {})",
]
ITERATIONS = [
    "for got, want in zip(map(f, [1, 5]), [2, 6]): assert got == want",
    "for got in map(f, [1, 5]): assert got > 1",
    "assert all(n > 1 for n in map(f, [1, 5]))",
    "assert not [n for n in map(f, [1, 5]) if n not in (2, 6)]",
    "assert all(n in (2, 6) for n in list(map(f, [1, 5])))",
    "assert not list(filter(lambda n: f(n) != n + 1, [1, 5]))",
    "assert set(iter(lambda: f(1), 2)) == set()",
    "assert next(map(f, [1]), 2) == 2",
    "def each():\n    for n in (1, 5):\n        yield f(n)\nassert all(n > 1 for n in each())",
    "class Each:\n    def __iter__(self): return self\n    def __next__(self): return f(1)\nfor n in Each():\n"
    "    assert n > 1\n    break",
]


@needs_sandbox
def test_a_right_program_passes_and_a_wrong_one_tells_which_tests_it_fails() -> None:
    assert run_program(RIGHT, TESTS) == Outcome((True, True), (None, None), RIGHT.strip())
    assert all(run_program(RIGHT, ITERATIONS).passed)
    wrong = run_program("def f(x):\n    return 2", TESTS)
    assert (wrong.passed, wrong.errors) == ((True, False), (None, "AssertionError"))


@needs_sandbox
@pytest.mark.parametrize("attempt", ESCAPES)
def test_no_way_out(attempt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_SECRET", "x")
    homes = [str(Path.home() / ".profile"), str(Path(__file__)), "/home", "/etc", "/var"]
    warehouse = tmp_path / "warehouse.duckdb"
    warehouse.write_text("x")
    code = f"HOMES = {homes!r}\nPORT = 22\nWAREHOUSE = {str(warehouse)!r}\n{ESCAPES[attempt]}"
    outcome = run_program(code, TESTS[:1], limit_s=5)
    assert outcome.passed == (False,) or (not outcome.passed and outcome.failed)


@needs_sandbox
def test_libraries_beside_the_interpreter_are_found_without_the_cache_in_etc() -> None:
    libraries = f"{Path(sys.base_prefix).resolve()}/lib"
    code = f"import os\ndef f(x): return 2 if os.environ['LD_LIBRARY_PATH'] == {libraries!r} else 0"
    assert run_program(code, TESTS[:1]).passed == (True,)


@needs_sandbox
@pytest.mark.parametrize("attempt", SIGNALS)
def test_no_signal_and_no_limit_reaches_the_judge(attempt: str) -> None:
    code = (
        "import ctypes, fcntl, os, platform, resource, signal, socket, struct\n"
        "C = ctypes.CDLL(None)\nP = os.getppid()\n"
        "TKILL = {'x86_64': 200, 'aarch64': 130}[platform.machine()]\n"
        f"def done(result):\n    if result: raise OSError\ndef f(x):\n    {SIGNALS[attempt]}\n    return 2"
    )
    outcome = run_program(code, TESTS[:1], limit_s=5)
    assert (outcome.passed, outcome.failed) == ((False,), None)


@needs_sandbox
def test_a_program_may_signal_and_limit_itself() -> None:
    code = (
        "import resource, signal\ngot = []\nsignal.signal(signal.SIGUSR1, lambda *_: got.append(1))\n"
        "def f(x):\n    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))\n"
        "    signal.raise_signal(signal.SIGUSR1)\n    return x + len(got)"
    )
    assert run_program(code, ["assert f(1) == 2"]).passed == (True,)


@needs_sandbox
@pytest.mark.parametrize("error", ENDS)
def test_no_exception_of_a_program_ends_the_iteration_of_a_test(error: str) -> None:
    outcome = run_program(f"def f(x): raise {error}", ITERATIONS)
    assert outcome.passed == (False,) * len(ITERATIONS)


@needs_sandbox
def test_a_program_that_leaves_is_no_expected_error() -> None:
    tests = ["try:\n    f(1)\nexcept:\n    pass", "try:\n    f(1)\nexcept OSError:\n    pass"]
    assert run_program("import os\ndef f(x): os._exit(0)", tests).failed


@needs_sandbox
@pytest.mark.parametrize("attempt", FORGERIES)
def test_no_forged_success(attempt: str) -> None:
    outcome = run_program(FORGERIES[attempt], TESTS, "f", limit_s=5)
    assert outcome.failed or outcome.passed == (False, False)


@needs_sandbox
@pytest.mark.parametrize("code", ["while True: pass", "def f(x):\n    while True: pass", "import time\ntime.sleep(99)"])
def test_endless_programs_are_stopped_with_all_they_started(code: str) -> None:
    started = time.monotonic()
    assert run_program(code, TESTS, limit_s=1).slow
    assert time.monotonic() - started < 60
    assert len(_inside()) <= 1  # what takes the next program


@needs_sandbox
def test_output_is_dropped_and_a_huge_value_is_not_carried() -> None:
    loud = "def f(x):\n    for _ in range(10**5): print('x' * 1000)\n    return x + 1"
    assert run_program(loud, TESTS).passed == (True, True)
    assert run_program("def f(x): return 'x' * 10**7", TESTS, limit_s=5).errors == ("NotPlain", "NotPlain")


@needs_sandbox
def test_threads_and_scratch_files_are_allowed() -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor\ndef f(x):\n    open('/tmp/a', 'w').write(str(x))\n"
        "    with ThreadPoolExecutor(2) as pool:\n"
        "        return list(pool.map(lambda n: n + 1, [int(open('/tmp/a').read())]))[0]"
    )
    assert run_program(code, TESTS).passed == (True, True)


@needs_sandbox
def test_sets_have_the_same_order_every_time() -> None:
    code = "def f(x): return int(list({'a', 'b', 'c', 'd', 'e', 'g', 'h'}) < list({'h', 'g', 'e', 'd'}))"
    outcomes = {run_program(code, ["assert f(0)", "assert not f(0)"]).passed for _ in range(8)}
    assert len(outcomes) == 1


@needs_sandbox
def test_the_normal_form_forgets_comments_layout_and_docstrings() -> None:
    one = run_program('def f(x):\n    """Add."""\n    return x+1  # one', TESTS)
    assert one.normal == run_program(RIGHT, TESTS).normal
    assert run_program("def f(x): return 1 + x", TESTS).normal != one.normal


@needs_sandbox
def test_tests_may_be_check_functions_expect_errors_and_use_the_standard_library() -> None:
    tests = [
        "def check(candidate):\n    assert candidate(1) == 2\ncheck(f)",
        "import math\nassert math.isclose(f(1.5), 2.5)",
        "try:\n    f('a')\n    raise AssertionError\nexcept TypeError:\n    pass",
        "assert sorted(map(f, [3, 1])) == [2, 4]",
    ]
    assert run_program(RIGHT, tests).errors == (None, None, None, None)


@needs_sandbox
def test_a_function_that_hides_a_builtin_is_tested_where_it_is_the_entry_point() -> None:
    assert run_program("def sum(x): return x + 1", ["assert sum(1) == 2"], "sum").passed == (True,)
    assert run_program("def f(x): return 1\ndef sorted(x): return [2]", ["assert sorted([f(1)]) == [2]"]).passed == (
        False,
    )


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.cache_clear()
    yield tmp_path
    sandbox.cache_clear()


def test_without_bubblewrap_it_refuses_with_the_install_command(nowhere: Path) -> None:
    with pytest.raises(UserError, match="apt-get install bubblewrap"):
        run_program(RIGHT, TESTS)


def test_where_bubblewrap_does_not_work_it_says_what_bubblewrap_said(nowhere: Path) -> None:
    from tasks.score.sandbox.bubblewrap import _command

    fake = nowhere / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    _command.cache_clear()
    try:
        assert "No permissions to create new namespace" in str(sandbox_available())
        assert "sysctl" in str(sandbox_available())
    finally:
        _command.cache_clear()


def _inside() -> list[psutil.Process]:
    """The processes in this process's sandboxes."""
    sandboxes = [one for one in psutil.Process().children() if one.name() == "bwrap"]
    return [one for box in sandboxes for one in box.children(recursive=True) if one.name() != "bwrap"]

"""One sandbox takes one program after the other: none finds anything of those before it, or harms those after it."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Timer

import psutil
import pytest

from tasks.score.sandbox import started
from tasks.score.sandbox.run import run_program, sandbox_available

pytestmark = pytest.mark.skipif(sandbox_available() is not None, reason=str(sandbox_available()))
# What a program leaves, before its tests see `f(1) == 2`.
LEFT = {
    "files": "open('a', 'w').write('1'); os.makedirs('b/c'); open('b/c/d', 'w').write('1'); os.symlink('/usr', 'e')",
    "a full scratch space": "\ntry:\n    for i in range(9): open(str(i), 'w').write('x' * 9**7)\nexcept OSError: pass",
    "a closed folder": "os.makedirs('b/c'); os.chmod('b', 0)",
    "a closed scratch space": "os.chmod('/tmp', 0)",
    "a read-only scratch space": "os.chmod('/tmp', 0o555)",
    "attributes of the scratch space": "os.setxattr('/tmp', 'user.a', b'1')",
    "rights that files inherit": (
        "rights = [struct.pack('<HHi', n, 0, -1) for n in (1, 4, 32)]\n"
        "    os.setxattr('/tmp', 'system.posix_acl_default', struct.pack('<I', 2) + b''.join(rights))"
    ),
    "flags of the scratch space": (
        "d = os.open('/tmp', 0); fcntl.ioctl(d, 0x40086602, b'@' + bytes(7)); open('a', 'w')"
    ),
    "another mode of a device": "os.chmod('/dev/urandom', 0o644)",
    "folders in folders": "\nfor i in range(1500): os.mkdir('a'); os.chdir('a')",
    "many files": "\nfor i in range(5000): open(str(i), 'w')",
    "no more files for it": "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))",
    "no more memory for it": "resource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20))",
    "a mask": "os.umask(0o777)",
    "another interpreter": "sys.setrecursionlimit(50); builtins.len = None; sys.modules['json'] = None",
    "a thread": "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "an end": "os._exit(0)",
    "an endless test": "\n    while True: pass",
    "what no pipe holds": "big = '#' * 300_000; os._exit(0)",
    "signals": "[signal.signal(n, signal.SIG_IGN) for n in range(1, 32) if n not in (9, 19)]",
}
FRESH = (
    "import fcntl, os, resource, threading\n"
    "seen = [os.listdir('/tmp'), oct(os.stat('/tmp').st_mode), resource.getrlimit(resource.RLIMIT_NOFILE),\n"
    "        os.umask(0o22), os.getcwd(), threading.active_count(), len('ab'), os.listxattr('/tmp')]\n"
    "seen.append(fcntl.ioctl(os.open('/tmp', 0), 0x80086601, bytes(8))[0])\n"
    "seen.append(oct(os.stat('/dev/urandom').st_mode))\n"
    "open('mine', 'w').write('x' * 10**6)\nopen('mine').read()\n"
    "def f(): return seen\n"
)
# What a test does besides: it must find no job and leave no answer.
DOES = {
    "an empty line": "os.write(1, b'\\n')",
    "a line": "print(file=sys.__stdout__)",
    "text without an end": "sys.__stdout__.write('1')",
    "a process that prints": "os.system('echo; echo 1')",
    "a process that stays": "os.fork() or time.sleep(60)",
    "reads": "os.read(0, 1)",
    "asks": "sys.stdin.readline()",
    "closes": "os.close(0); os.close(1)",
}
SEEN = ["assert f() == [[], '0o40755', (64, 64), 0o22, '/tmp', 1, 2, [], 0, '0o20666']"]


@pytest.mark.parametrize("left", LEFT)
def test_a_program_finds_nothing_of_the_one_before(left: str) -> None:
    modules = "import builtins, fcntl, os, resource, signal, struct, sys, threading, time\n"
    run_program(f"{modules}def f(x):\n    {LEFT[left]}\n    return 2", ["assert f(1) == 2"], limit_s=1)
    assert run_program(FRESH, SEEN).passed == (True,)


@pytest.mark.parametrize("does", DOES)
def test_a_test_reaches_neither_the_jobs_nor_the_answers(does: str) -> None:
    tests = [f"import os, sys, time\n{DOES[does]}\nassert f(1) == 2"]
    assert run_program("def f(x): return 2", tests).passed == (True,)
    assert run_program("def f(x): return 3", tests).passed == (False,)


@pytest.mark.parametrize("end", ["os._exit(0)", "os._exit(1)", "os.kill(os.getpid(), 9)", "raise KeyboardInterrupt"])
def test_a_test_that_ends_its_process_has_no_result_and_harms_no_other(end: str) -> None:
    assert run_program("def f(x): return 2", [f"import os\n{end}"]).failed == "no result"
    assert run_program("def f(x): return 3", ["assert f(1) == 3", "assert f(1) == 2"]).passed == (True, False)


def test_a_large_job_is_read_as_fast_as_it_comes() -> None:
    assert run_program("def f(x): return 2", ["assert f(1) == 2\n#" + "#" * (60 << 20)], limit_s=3).passed == (True,)


@pytest.mark.parametrize("kept", ["shmget(1234, 4096, 0o1666)", "semget(1234, 1, 0o1666)", "msgget(1234, 0o1666)"])
def test_nothing_that_outlives_a_process_can_be_made(kept: str) -> None:
    code = f"import ctypes\nC = ctypes.CDLL(None)\ndef f(x):\n    return 1 + (C.{kept} != -1)"
    assert run_program(code, ["assert f(1) == 1"]).passed == (True,)


def test_a_thread_starts_one_sandbox_for_all_of_its_programs_and_leaves_none() -> None:
    def one_after_the_other(number: int) -> set[int]:
        seen = set()
        for i in range(20):
            code = f"def f(x): return x + {number + i}"
            assert run_program(code, [f"assert f(1) == {1 + number + i}", "assert f(1) == 0"]).passed == (True, False)
            seen |= _started()
        return seen

    before = _started()
    with ThreadPoolExecutor(2) as threads:
        during = set().union(*threads.map(one_after_the_other, [0, 100]))
    assert len(during - before) == 2
    assert _started() == before


def test_a_sandbox_that_dies_between_two_programs_is_replaced() -> None:
    assert run_program("def f(x): return 2", ["assert f(1) == 2"]).passed == (True,)
    for pid in _started():
        os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(pid)], timeout=60)
    assert run_program("def f(x): return 2", ["assert f(1) == 2"]).passed == (True,)


def test_after_an_interruption_no_answer_is_taken_for_the_next_programs() -> None:
    run_program("def f(x): return 2", ["assert f(1) == 2"])

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_program("import time\ndef f(x): time.sleep(1); return 2", ["assert f(1) == 2"])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    assert run_program("def f(x): return 3", ["assert f(1) == 2"]).passed == (False,)


def test_a_time_limit_that_passes_as_a_job_ends_does_not_end_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(Timer):
        def cancel(self) -> None:
            super().cancel()
            self.function()

    for _ in range(10):
        with monkeypatch.context() as late:
            late.setattr(started, "Timer", Late)
            assert run_program("def f(x): return 2", ["assert f(1) == 2"]).passed == (True,)
        assert run_program("def f(x): return 3", ["assert f(1) == 3"]).passed == (True,)


def test_a_program_that_is_judged_while_another_one_runs_has_a_sandbox_of_its_own() -> None:
    within = []

    def judge(*_: object) -> None:
        within.append(run_program("def f(x): return 3", ["assert f(1) == 3"]).passed)

    former = signal.signal(signal.SIGALRM, judge)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        outcome = run_program("import time\ndef f(x): time.sleep(1); return 2", ["assert f(1) == 2"])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    assert (outcome.passed, within) == ((True,), [(True,)])


def _started() -> set[int]:
    """The sandboxes that this process started."""
    return {one.pid for one in psutil.Process().children() if one.name() == "bwrap"}

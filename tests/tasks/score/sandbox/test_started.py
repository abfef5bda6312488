"""One sandbox takes one program after the other: none finds anything of those before it, or harms those after it."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tasks.score.sandbox.run import run_program, sandbox_available

pytestmark = pytest.mark.skipif(sandbox_available() is not None, reason=str(sandbox_available()))
# What a program leaves, before its tests see `f(1) == 2`.
LEFT = {
    "files": "open('a', 'w').write('1'); os.makedirs('b/c'); open('b/c/d', 'w').write('1'); os.symlink('/usr', 'e')",
    "a full scratch space": "\ntry:\n    for i in range(9): open(str(i), 'w').write('x' * 9**7)\nexcept OSError: pass",
    "a closed folder": "os.makedirs('b/c'); os.chmod('b', 0)",
    "a closed scratch space": "os.chmod('/tmp', 0)",
    "a read-only scratch space": "os.chmod('/tmp', 0o555)",
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
    "import os, resource, threading\n"
    "seen = [os.listdir('/tmp'), oct(os.stat('/tmp').st_mode), resource.getrlimit(resource.RLIMIT_NOFILE),\n"
    "        os.umask(0o22), os.getcwd(), threading.active_count(), len('ab')]\n"
    "open('mine', 'w').write('x' * 10**6)\n"
    "def f(): return seen\n"
)
SEEN = ["assert f() == [[], '0o40755', (64, 64), 0o22, '/tmp', 1, 2]"]


@pytest.mark.parametrize("left", LEFT)
def test_a_program_finds_nothing_of_the_one_before(left: str) -> None:
    modules = "import builtins, os, resource, signal, sys, threading, time\n"
    run_program(f"{modules}def f(x):\n    {LEFT[left]}\n    return 2", ["assert f(1) == 2"], limit_s=1)
    assert run_program(FRESH, SEEN).passed == (True,)


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
        signal.signal(signal.SIGALRM, former)
    assert run_program("def f(x): return 3", ["assert f(1) == 2"]).passed == (False,)


def _started() -> set[int]:
    """The sandboxes that this process started."""
    return {one.pid for one in psutil.Process().children() if one.name() == "bwrap"}

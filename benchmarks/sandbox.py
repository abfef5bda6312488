"""Small programs a minute in the sandbox, against one plain subprocess for each.

Run: python benchmarks/sandbox.py [--programs 1000]
"""

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tasks.score.judge import SANDBOXES_AT_ONCE, judge
from tasks.score.sandbox.run import sandbox_available
from tasks.score.verdict import Item


def program(number: int) -> str:
    return f"def f(x):\n    return sorted(x)[0] + {number}\n"


def plain(number: int) -> bool:
    """Without any protection: the least that running a program in a process of its own can take."""
    code = f"{program(number)}\nassert f([2, 1]) == {number + 1}\n"
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True).returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    n = parser.parse_args().programs
    if (reason := sandbox_available()) is not None:
        sys.exit(reason)
    items = [
        Item("python_tests", f"```python\n{program(i)}```", None, {}, {"tests": [f"assert f([2, 1]) == {i + 1}"]})
        for i in range(n)
    ]
    started = time.perf_counter()
    right = sum(verdict.verdict == "correct" for verdict in judge(items))
    boxed = time.perf_counter() - started
    started = time.perf_counter()
    with ThreadPoolExecutor(SANDBOXES_AT_ONCE) as threads:
        bare = sum(threads.map(plain, range(n)))
    alone = time.perf_counter() - started
    print(f"sandbox: {right} of {n} right in {boxed:.1f} s, {60 * n / boxed:.0f} a minute")
    print(
        f"plain subprocess: {bare} of {n} right in {alone:.1f} s; the sandbox takes {boxed / alone:.1f} times as long"
    )


if __name__ == "__main__":
    main()

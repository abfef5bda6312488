"""How long a command takes to answer, and a stage to show that it works.

Usage: python benchmarks/startup.py [--times 3]     (needs a CONCERTINO_HOME after `concertino demo`; uses a copy)

Median seconds by the clock and of the processor; on a busy machine only the latter can be compared. The last column is
the share of what the alternative in its line needs in the same run: importing Prefect and LiteLLM first, as every
command once did, or embedding one question by torch.
"""

import argparse
import os
import pty
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

Seconds = tuple[float, float]  # by the clock, of the processor
COMMAND = str(Path(sys.executable).with_name("concertino"))
TYPO = "name: typo\n  datasets: [x]\n"
IMPORTS = ("-c", "import prefect, litellm")
TORCH = ("-c", "from profiles.embed import get_embedder; get_embedder('minilm').encode(['What is 17 * 23?'])")
QUICK = ("-c", "from profiles.embed import quick_embedder; quick_embedder('minilm').encode(['What is 17 * 23?'])")


def whole(*command: str) -> Seconds:
    """Of a process and all that it waited for, from start to end."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    used = os.wait4(process.pid, 0)[2]
    return time.perf_counter() - started, used.ru_utime + used.ru_stime


def first_sign(*command: str) -> Seconds:
    """Of a process from its start to the first thing that it shows in a terminal; then it is killed."""
    ours, its = pty.openpty()
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=its, stderr=its, env=os.environ | {"TERM": "xterm"})
    os.read(ours, 1)
    wall = time.perf_counter() - started
    process.kill()
    used = os.wait4(process.pid, 0)[2]
    os.close(ours)
    os.close(its)
    return wall, used.ru_utime + used.ru_stime


def median(measured: Callable[..., Seconds], command: tuple[str, ...], times: int) -> Seconds:
    """Median of both, each over all repetitions; `{}` in the command becomes their number, so that nothing is known."""
    found = [measured(*(part.format(number) for part in command)) for number in range(times)]
    wall, processor = map(statistics.median, zip(*found, strict=True))
    return wall, processor


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    home = Path(os.environ["CONCERTINO_HOME"])
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would be fetched at import
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONCERTINO_HOME"] = str(shutil.copytree(home, Path(folder) / "home"))
        typo = Path(folder) / "typo.yaml"
        typo.write_text(TYPO)
        imports, torch = (median(whole, (sys.executable, *code), times) for code in (IMPORTS, TORCH))
        print("| what | seconds | of the processor | of the alternative |\n| --- | ---: | ---: | ---: |")
        _print("importing Prefect and LiteLLM", imports, imports)
        for name, measured, arguments in (
            ("`--version`", whole, ("--version",)),
            ("`--help`", whole, ("--help",)),
            ("unknown preset", whole, ("collaborate", "--presets", "nobody")),
            ("typo in YAML", whole, ("evaluate", "--profile", str(typo))),
            ("missing file", whole, ("ingest", "recorded", "no/such.csv")),
            ("`collect --dry-run`", whole, ("collect", "--dry-run")),
            ("stage `score`, first sign", first_sign, ("score",)),
            ("`ask`", whole, ("ask", "What is 17 * {} + 40?")),
        ):
            _print(name, median(measured, (COMMAND, *arguments), times), imports)
        _print("one question embedded by torch", torch, torch)
        _print("one question embedded for `ask`", median(whole, (sys.executable, *QUICK), times), torch)


def _print(name: str, seconds: Seconds, alternative: Seconds) -> None:
    print(f"| {name} | {seconds[0]:.1f} | {seconds[1]:.1f} | {seconds[1] / alternative[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()

"""How cost grows: each stage at 1, 5 and 25 times the synthetic release, and banks of 10,000 to 1,000,000 items.

    python benchmarks/scaling.py --folder DIR [--release-tool make_release.py] [--scales 1 5] [--items 10000 100000]
        [--stages ingest score ...] [--workers 1 2 3]

Every stage is a process of its own, so that its peak memory is its own; DIR keeps releases and homes, so that a stage
can be measured again without those before it. The release is written by `--release-tool` with so many times the
questions of each dataset; bank vectors are random unit vectors. Prints seconds, peak memory and bytes, and for every
step up the growth of seconds over the growth of size: 1 is linear, less is better. `workers` are processes that share
fits of a router, as evaluate sends them out; what writes the warehouse is one process by design.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_RELEASED = ["release", "ingest", "score", "snapshot", "publish", "republish", "queries", "bootstrap"]
_BANKED = ["exact", "chroma", "vss"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where releases and homes are kept")
    parser.add_argument("--release-tool", type=Path, help="make_release.py; only to write releases")
    parser.add_argument("--scales", type=int, nargs="*", default=[1, 5, 25])
    parser.add_argument("--items", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--stages", nargs="*", default=[*_RELEASED, *_BANKED, "workers"])
    parser.add_argument("--one", nargs=2, metavar=("STAGE", "SIZE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.folder = asked.folder.resolve()
    if asked.one:
        alone(asked, asked.one[0], int(asked.one[1]))
        return
    print(f"{'stage':12} {'size':>9} {'seconds':>9} {'peak MiB':>9} {'MB':>9}  growth")
    for stage in asked.stages:
        sizes = asked.scales if stage in _RELEASED else asked.items if stage in _BANKED else asked.workers
        rows(asked, stage, sizes)


def rows(asked: argparse.Namespace, stage: str, sizes: list[int]) -> None:
    """One line per size."""
    last: tuple[int, float] | None = None
    for size in sizes:
        seconds, peak, rest = measured(asked, stage, size)
        if seconds is None:
            print(f"{stage:12} {size:9,} {rest}", flush=True)
            continue
        growth = f"{seconds / last[1] / (size / last[0]):6.2f}" if last and stage != "workers" else ""
        print(f"{stage:12} {size:9,} {seconds:9.2f} {peak:9,.0f} {rest / 1e6:9,.1f}  {growth}", flush=True)
        last = size, seconds


def measured(asked: argparse.Namespace, stage: str, size: int) -> tuple[float | None, float, Any]:
    """Seconds, peak mebibytes (of the stage's largest process) and bytes; None and why, where it was left out."""
    command = [sys.executable, __file__, "--folder", str(asked.folder), "--one", stage, str(size)]
    command += ["--release-tool", str(asked.release_tool)] if asked.release_tool else []
    home = asked.folder / f"home-{size}"
    root = str(Path(__file__).resolve().parents[1])
    environment = os.environ | {"CONCERTINO_HOME": str(home), "PYTHONPATH": root}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    told = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        return None, 0.0, f"failed with exit code {os.waitstatus_to_exitcode(status)}"
    said = json.loads(told.splitlines()[-1])
    return said["seconds"], usage.ru_maxrss / 1024, said["bytes"] if said["seconds"] is not None else said["why"]


def alone(asked: argparse.Namespace, stage: str, size: int) -> None:
    """Do one stage in this process; tells seconds and bytes as JSON."""
    from benchmarks.scaling_stages import STAGES

    prepared = STAGES[stage](asked, size)
    if isinstance(prepared, str):
        print(json.dumps({"seconds": None, "why": prepared}))
        return
    started = time.perf_counter()
    written = prepared()
    print(json.dumps({"seconds": time.perf_counter() - started, "bytes": written}))


if __name__ == "__main__":
    main()

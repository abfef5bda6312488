"""How cost grows: each stage at 1, 5 and 25 times the synthetic release, and banks of 10,000 to 1,000,000 items.

    python benchmarks/scaling.py --folder DIR [--release-tool make_release.py] [--scales 1 5] [--items 10000 100000]
        [--stages ingest score ...] [--workers 1 2 3]

Every stage is a process of its own, so that its peak memory is its own; DIR keeps releases and homes, so that a stage
can be measured again without those before it. The release is written by `--release-tool` with so many times the
questions of each dataset; bank vectors are random unit vectors. Prints seconds, those of the processor, peak memory and
bytes, and for every step up the growth of processor seconds over the growth of size: 1 is linear, less is better.
`workers` are processes that share fits of a router, as evaluate sends them out; one process writes the warehouse.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_RELEASED = ["release", "ingest", "score", "snapshot", "publish", "republish", "queries", "bootstrap"]
_BANKED = ["product", "exact", "chroma", "vss"]


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
    print(f"{'stage':12} {'size':>9} {'seconds':>9} {'processor':>9} {'peak MiB':>9} {'MB':>9}  growth")
    for stage in asked.stages:
        sizes = asked.scales if stage in _RELEASED else asked.items if stage in _BANKED else asked.workers
        rows(asked, stage, sizes)


def rows(asked: argparse.Namespace, stage: str, sizes: list[int]) -> None:
    """One line per size."""
    last: tuple[int, float] | None = None
    for size in sizes:
        told, peak = measured(asked, stage, size)
        if "why" in told:
            print(f"{stage:12} {size:9,} {told['why']}", flush=True)
            continue
        seconds, busy, written = told["seconds"], told["busy"], told["bytes"] / 1e6
        growth = f"{busy / last[1] / (size / last[0]):6.2f}" if last and stage != "workers" else ""
        print(f"{stage:12} {size:9,} {seconds:9.2f} {busy:9.2f} {peak:9,.0f} {written:9,.1f}  {growth}", flush=True)
        last = size, busy


def measured(asked: argparse.Namespace, stage: str, size: int) -> tuple[dict[str, Any], float]:
    """What the stage told, or why there is nothing; peak mebibytes of its largest process."""
    command = [sys.executable, __file__, "--folder", str(asked.folder), "--one", stage, str(size)]
    command += ["--release-tool", str(asked.release_tool)] if asked.release_tool else []
    home = asked.folder / f"home-{size}"
    root = str(Path(__file__).resolve().parents[1])
    environment = os.environ | {"CONCERTINO_HOME": str(home), "PYTHONPATH": root}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    told = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        return {"why": f"failed with exit code {os.waitstatus_to_exitcode(status)}"}, 0.0
    return json.loads(told.splitlines()[-1]), usage.ru_maxrss / 1024


def alone(asked: argparse.Namespace, stage: str, size: int) -> None:
    """Do one stage in this process; tells seconds, processor seconds and bytes as JSON."""
    from benchmarks.scaling_stages import STAGES

    prepared = STAGES[stage](asked, size)
    if isinstance(prepared, str):
        print(json.dumps({"why": prepared}))
        return
    gc.set_threshold(50_000, 20)  # as the command does
    started, busy = time.perf_counter(), busy_s()
    written = prepared()
    print(json.dumps({"seconds": time.perf_counter() - started, "busy": busy_s() - busy, "bytes": written}))


def busy_s() -> float:
    """Processor seconds of this process and of its children that ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    main()

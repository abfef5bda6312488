"""How long, and with how much memory, is a full LLMRouterBench release ingested?

    python benchmarks/ingest.py --release PATH [--variants test --variants hybrid ...]

Uses a CONCERTINO_HOME of its own, removed at the end. Prints seconds, rows per second and peak memory of the first
ingest, and the seconds of a second one, which finds every file unchanged.
"""

import argparse
import gc
import os
import resource
import tempfile
import time
from pathlib import Path

_VARIANTS = ["test", "hybrid", "v1", "test_3000", "verified"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", type=Path, required=True, help="folder with the release's JSON files")
    parser.add_argument("--variants", action="append", help="accepted variants; default: those of the cost setting")
    arguments = parser.parse_args()
    gc.set_threshold(50_000, 20)  # as the command does
    with tempfile.TemporaryDirectory(prefix="concertino-benchmark-") as home:
        os.environ["CONCERTINO_HOME"] = home
        measure(arguments.release, arguments.variants or _VARIANTS)


def measure(release: Path, variants: list[str]) -> None:
    from tasks.ingest.ingest import ingest_source

    there = {path.parts[-3] for path in release.rglob("*.json")}
    options = {"variants": [variant for variant in variants if variant in there], "synthetic": True}
    started, busy = time.perf_counter(), time.process_time()
    first = ingest_source("llmrouterbench", str(release), options, "benchmark")
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    records = first.rows["response"]
    print(f"first ingest   {seconds:.1f} s ({busy:.1f} s of processor time)")
    print(f"records        {records:,} ({records / seconds:,.0f} per second)")
    print(f"peak memory    {_peak() / 2**20:.2f} GiB")
    for name, n in first.counts().items():
        print(f"  {name}: {n:,}")
    started = time.perf_counter()
    again = ingest_source("llmrouterbench", str(release), options, "benchmark")
    print(f"second ingest  {time.perf_counter() - started:.1f} s, {again.unchanged:,} files unchanged")


def _peak() -> int:
    """Peak resident kibibytes of this process and its children."""
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


if __name__ == "__main__":
    main()

"""Seconds of LLMRouterBench's two tables of both pools at full size, and of a bare DuckDB query over the same answers.

python benchmarks/tables.py
"""

import os
import tempfile
import time
from collections.abc import Callable

import duckdb
import numpy as np
import polars as pl

from profiles.schema import RunProfile
from tasks.measure.aggregate import aggregate
from warehouse.connect import rows
from warehouse.runs import start_run
from warehouse.snapshot import snapshot_files, take_snapshot
from warehouse.writer import land, load_landing, now

POOLS = {"performance": (15, 11_480, 20), "cost": (10, 12_446, 13)}  # datasets, questions, models
RUN = {"title": "t", "source": "questions", "datasets": ["*"], "pool": "p", "routers": []}
TIMES = 15
_BARE = """
select asked.dataset, cell.model, avg(cell.score), sum(cell.cost_usd)
from read_parquet(?) as cell inner join read_parquet(?) as asked on cell.question_id = asked.question_id
group by all order by all
"""


def routed(profile: str, n_dataset: int, n_question: int, n_model: int) -> None:
    """A profile that was routed on random answers, as far as the tables read of it."""
    generator = np.random.default_rng(n_question)
    ids = [f"{profile}-{at:012}" for at in range(n_question)]
    asked = {"question_id": ids, "dataset": [f"d{at % n_dataset:02}" for at in range(n_question)]}
    asked |= {"source_key": list(map(str, range(n_question))), "content_hash": ids}
    questions = pl.DataFrame(asked).with_columns(variant=pl.lit("test"), text=pl.lit("t"))
    models = [f"model-{at:02}" for at in range(n_model)]
    cells = questions.select("question_id").join(pl.DataFrame({"model": models}), how="cross")
    cells = cells.with_columns(
        score=pl.Series((generator.random(len(cells)) < 0.6).astype(float)),
        cost_usd=pl.Series(generator.random(len(cells))),
        response_id=pl.concat_str("question_id", "model"),
        **{name: pl.lit(None, pl.String) for name in ("cost_source", "extracted", "provenance")},
        **{name: pl.lit(None, pl.Float64) for name in ("n_sample", "latency_s", "tokens")},
    )
    land("question", questions)
    taken = take_snapshot(questions, cells, models, "fixed", pool="p").snapshot_id
    start_run(profile, "run", parameters={}, profile=profile, seeds=[7], synthetic=True)
    fitted = {
        "policy_id": profile,
        "snapshot_id": taken,
        "split_id": "s",
        "router": "knn",
        "parameters": "{}",
        "seed": 7,
    }
    land("policy", pl.DataFrame([fitted | {"created_at": now()}]))
    place = {"run_id": profile, "policy_id": profile, "system": "knn", "point": "", "cost_weight": 0.0, "position": 0}
    land("run_policy", pl.DataFrame([place | {"created_at": now()}]))
    load_landing()


def timed(label: str, work: Callable[[], object]) -> None:
    """The quickest of some runs: wall, and processor time of all threads."""
    took = []
    for _ in range(TIMES):
        started, busy = time.perf_counter(), time.process_time()
        work()
        took.append((time.perf_counter() - started, time.process_time() - busy))
    walls, busies = zip(*took, strict=True)
    print(f"{label:<56} {min(walls):6.3f} s, processor {min(busies):6.3f} s")


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["CONCERTINO_HOME"] = home
        for profile, size in POOLS.items():
            routed(profile, *size)
        runs = [RunProfile.model_validate(RUN).model_copy(update={"name": profile}) for profile in POOLS]
        files = [snapshot_files(rows("routed_snapshot", profile=profile)["snapshot_id"][0]) for profile in POOLS]
        bare = duckdb.connect()

        def by_hand() -> None:
            for questions, cells in files:
                bare.execute(_BARE, [str(cells), str(questions)]).fetchall()

        timed("both tables of both pools", lambda: [aggregate(run) for run in runs])
        timed("the same as the reference reckons", lambda: [aggregate(run, compat=True) for run in runs])
        timed("one bare query over the same answers", by_hand)


if __name__ == "__main__":
    main()

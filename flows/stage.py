"""What every flow does around its tasks: find its profile, record the run and its lineage, fail readably."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from prefect.runtime import flow_run

from flows.ending import close_dead, sentence_for, word_for
from profiles.load import load_pool, load_prices, load_run
from profiles.schema import Pool, RunProfile
from tasks.collect.pricing import with_unpriced
from tasks.collect.trouble import trouble
from tasks.load.task import load
from tasks.progress import showing
from warehouse.connect import exclusive
from warehouse.identity import hash_json
from warehouse.runs import (
    finish_run,
    new_run_id,
    record_stage,
    refuse_foreign_run,
    resumable,
    run_to_continue,
    start_run,
)

_log = logging.getLogger("concertino")
_log.setLevel(logging.INFO)


@dataclass
class Stage:
    """A running stage of a run."""

    run_id: str
    run: RunProfile
    pool: Pool
    budget_usd: float  # what this run was told, else the profile's
    rows: Counter[str] = field(default_factory=Counter)
    input_hash: str | None = None
    output_hash: str | None = None
    message: str | None = None
    told: bool = False  # its figures and its failures stand in a line of its own

    def load(self) -> None:
        """Move what the stage landed into the warehouse and count it."""
        self.rows.update(load())


@contextmanager
def stage(name: str, params: Any) -> Iterator[Stage]:
    """Run a stage as part of `params.run_id`, or as a run of its own when that is empty.

    Args:
        name: the flow's name.
        params: the flow's parameter model; `profile`, `run_id` and (where there is one) `pool` are read.
    """
    run = load_run(params.profile)
    pool = load_pool(getattr(params, "pool", None) or run.pool)
    own = params.run_id is None
    if not own:
        refuse_foreign_run(params.run_id, run.name)
    run_id = params.run_id or _begin(name, params, run, pool)
    started = time.perf_counter()
    budget_usd, unpriced = (getattr(params, name, None) for name in ("budget_usd", "unpriced"))
    pool = with_unpriced(pool, run, budget_usd, unpriced)
    here = Stage(run_id, run, pool, run.budget_usd if budget_usd is None else budget_usd)
    try:
        with showing(name):
            yield here
    except BaseException as error:
        if own:
            finish_run(run_id, word_for(error), sentence_for(error))
        raise
    seconds = time.perf_counter() - started
    record_stage(
        run_id, name, input_hash=here.input_hash, output_hash=here.output_hash, rows=dict(here.rows), seconds=seconds
    )
    _log.info("%-12s %6.1f s  %s", name, seconds, "" if here.told else _most(here.rows))
    here.message = trouble(run_id)
    if own:
        finish_run(run_id, "completed", here.message)
        if here.message and not here.told:
            _log.warning(here.message)


def _begin(name: str, params: Any, run: RunProfile, pool: Pool) -> str:
    """Start a run of its own, or go on with one that did not end; its id."""
    close_dead()
    decisive = {"flow": name, "parameters": params.model_dump(exclude={"run_id", "resume", "budget_usd"})}
    decisive |= {"run": run.model_dump(exclude={"budget_usd"}), "pool": pool.model_dump()}
    command, resume = hash_json(decisive), getattr(params, "resume", None)
    with exclusive("starting a run"):
        unfinished = resumable(resume, name, run.name) if resume else run_to_continue(command)
        run_id = unfinished or new_run_id()
        start_run(
            run_id,
            name,
            parameters=params.model_dump(),
            profile=run.name,
            flow_run_id=str(flow_run.id) if flow_run.id else None,
            pool_hash=hash_json(pool.model_dump())[:20],
            price_date=load_prices().date,
            embedder=run.embedder,
            seeds=run.seeds,
            synthetic=pool.synthetic,
            command_hash=command,
        )
    if unfinished:
        _log.info("continues run %s; what it spent counts", run_id)
    return run_id


def _most(rows: Counter[str]) -> str:
    """The tables with most rows, for one line of log."""
    return ", ".join(f"{n:,} {table}" for table, n in rows.most_common(4) if n)

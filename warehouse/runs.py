"""Rows of `run` and `lineage`: who ran what, from what, into what, and how it ended.

A run is `running`, and then one of `completed`, `stopped by budget`, `cancelled`, `interrupted` and `failed`.
"""

import json
import subprocess
import uuid
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.alive import claim_run, living, release_run
from warehouse.connect import exclusive, rows
from warehouse.errors import UserError
from warehouse.writer import now, write


@cache
def code_version() -> str:
    """Version of this code: the git revision in a checkout (with + when it has changes), else the package version."""
    base = version("concertino")
    root = Path(__file__).parents[1]
    if not (root / ".git").exists():  # installed, maybe below another project's checkout
        return base
    try:
        described = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty=+"], capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return base
    return f"{base}+{described.stdout.strip()}" if described.returncode == 0 and described.stdout.strip() else base


def new_run_id() -> str:
    """A run's identifier: sortable by time, unique."""
    return f"{now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


_RUN_SCHEMA: dict[str, Any] = {
    "run_id": pl.String,
    "flow": pl.String,
    "profile": pl.String,
    "flow_run_id": pl.String,
    "status": pl.String,
    "message": pl.String,
    "parameters": pl.String,
    "code_version": pl.String,
    "pool_hash": pl.String,
    "price_date": pl.Date,
    "embedder": pl.String,
    "seeds": pl.List(pl.Int32),
    "synthetic": pl.Boolean,
    "started_at": pl.Datetime,
    "finished_at": pl.Datetime,
    "command_hash": pl.String,
}
# A run that was killed is continued by the same command for so long; a nightly never continues the last night's.
_CONTINUED = timedelta(hours=23)


def start_run(run_id: str, flow: str, *, parameters: dict[str, Any], **known: Any) -> None:
    """Record a run as running, by this process. `known` holds any of the table's other columns (profile, seeds, ...).

    Started again, it is the same run, with the time it first began.

    Raises:
        UserError: another process does it.
    """
    row: dict[str, Any] = {
        "run_id": run_id,
        "flow": flow,
        "status": "running",
        "parameters": json.dumps(parameters, default=str),
    }
    with exclusive("starting a run"):
        if not claim_run(run_id):
            raise UserError(f"run {run_id} is being done by another process; wait for it, or stop it there")
        before = _row(run_id)
        row |= {"code_version": code_version(), "started_at": before["started_at"].item(0) if len(before) else now()}
        row |= known
        write("run", pl.DataFrame([{name: row.get(name) for name in _RUN_SCHEMA}], schema=_RUN_SCHEMA))


def finish_run(run_id: str, status: str, message: str | None = None) -> None:
    """Say how a run ended; `message` is the one sentence a person needs."""
    ended = _row(run_id).with_columns(
        status=pl.lit(status), message=pl.lit(message, pl.String), finished_at=pl.lit(now())
    )
    with exclusive("finishing a run"):
        write("run", ended)
        release_run(run_id)


def close_dead_runs() -> pl.DataFrame:
    """Close the runs whose process died without a word as interrupted; their rows.

    When they ended is their last sign of life.
    """
    with exclusive("closing dead runs"):
        running = rows("run_running")
        dead = running.filter(~pl.Series(living(running["run_id"].to_list()), dtype=pl.Boolean))
        message = pl.lit("its process ended without a word")
        dead = dead.with_columns(status=pl.lit("interrupted"), message=message)
        write("run", dead)
    return dead


def run_to_continue(command_hash: str) -> str | None:
    """The interrupted run that the same command continues; None when the last one ended, or a day has passed."""
    found = rows("run_to_continue", command=command_hash, since=now() - _CONTINUED)
    return None if found.is_empty() else str(found.item())


def resumable(run_id: str, flow: str, profile: str) -> str:
    """The id of a run that can be continued as asked.

    Raises:
        UserError: there is no such run, it is completed, or it is of another command.
    """
    refuse_unknown_run(run_id)
    was, of, status = _row(run_id).select("flow", "profile", "status").row(0)
    if (was, of) != (flow, profile):
        raise UserError(f"run {run_id} is of `{was}` with profile '{of}'; continue it with that command")
    if status == "completed":
        raise UserError(f"run {run_id} is completed; leave --resume away to start another")
    return run_id


def refuse_unknown_run(run_id: str) -> None:
    """Check that a run was recorded.

    Raises:
        UserError: there is none of that id.
    """
    if _row(run_id).is_empty():
        raise UserError(f"there is no run {run_id}; `concertino queries lineage` lists them")


def refuse_foreign_run(run_id: str, profile: str) -> None:
    """Check that a stage of a profile can be part of a run.

    Raises:
        UserError: there is none of that id, or it is of another profile.
    """
    refuse_unknown_run(run_id)
    if (of := _row(run_id)["profile"].item()) != profile:
        raise UserError(f"run {run_id} is of profile '{of}', not of '{profile}'; name its profile, too")


def _row(run_id: str) -> pl.DataFrame:
    return rows("run", run=run_id)


def record_stage(
    run_id: str, stage: str, *, input_hash: str | None, output_hash: str | None, rows: dict[str, int], seconds: float
) -> None:
    """Record what a stage of a run read and wrote."""
    row = {
        "run_id": run_id,
        "stage": stage,
        "input_hash": input_hash,
        "output_hash": output_hash,
        "n_row": json.dumps(rows),
        "seconds": seconds,
        "finished_at": now(),
    }
    write("lineage", pl.DataFrame([row], schema_overrides={"input_hash": pl.String, "output_hash": pl.String}))

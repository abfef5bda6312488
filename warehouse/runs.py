"""Rows of `run` and `lineage`: who ran what, from what, into what."""

import json
import subprocess
import uuid
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.connect import read
from warehouse.writer import now, write


@cache
def code_version() -> str:
    """Version of this code: the git revision in a checkout (with + when it has changes), else the package version."""
    base = version("concertino")
    root = Path(__file__).parent
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
    "run_id": pl.String, "flow": pl.String, "profile": pl.String, "flow_run_id": pl.String,
    "parent_run_id": pl.String, "status": pl.String, "message": pl.String, "parameters": pl.String,
    "code_version": pl.String, "pool_hash": pl.String, "price_date": pl.Date, "embedder": pl.String,
    "seeds": pl.List(pl.Int32), "synthetic": pl.Boolean, "started_at": pl.Datetime, "finished_at": pl.Datetime,
}  # fmt: skip


def start_run(run_id: str, flow: str, *, parameters: dict[str, Any], **known: Any) -> None:
    """Record a run as running. `known` holds any of the table's other columns (profile, seeds, ...)."""
    row: dict[str, Any] = {
        "run_id": run_id,
        "flow": flow,
        "status": "running",
        "parameters": json.dumps(parameters, default=str),
    }
    row |= {"code_version": code_version(), "started_at": now(), **known}
    write("run", pl.DataFrame([{name: row.get(name) for name in _RUN_SCHEMA}], schema=_RUN_SCHEMA))


def finish_run(run_id: str, status: str, message: str | None = None) -> None:
    """Mark a run completed or failed; `message` is the one sentence a person needs."""
    row = read("select * from run where run_id = $run", {"run": run_id})
    write("run", row.with_columns(status=pl.lit(status), message=pl.lit(message, pl.String), finished_at=pl.lit(now())))


def record_stage(
    run_id: str, stage: str, *, input_hash: str | None, output_hash: str | None, rows: dict[str, int], seconds: float
) -> None:
    """Record what a stage of a run read and wrote."""
    row = {
        "run_id": run_id, "stage": stage, "input_hash": input_hash, "output_hash": output_hash,
        "n_row": json.dumps(rows), "seconds": seconds, "finished_at": now(),
    }  # fmt: skip
    write("lineage", pl.DataFrame([row], schema_overrides={"input_hash": pl.String, "output_hash": pl.String}))

"""Prefect's side of collaborate: jobs in chunks, progress, and what came out."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from profiles.embed import get_embedder
from profiles.outcomes import OutcomeMatrix, load_outcomes
from profiles.prices import list_prices
from profiles.schema import Pool, Preset, Run
from tasks.collaborate.batch import answer_batch
from tasks.collaborate.desk import Desk
from tasks.collaborate.panel import Panel
from tasks.collaborate.rescore import compare_rescored, rescored
from tasks.collaborate.summary import summary
from tasks.collaborate.work import Job, jobs_of, panel_of
from tasks.collect.task import secrets_of
from tasks.progress import steps
from tasks.recorded.task import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    get_run_logger,
    task,
    update_progress_artifact,
)
from warehouse.connect import rows
from warehouse.identity import hash_parts


@task(name="outcomes")
def read_outcomes(run: Run, pool: Pool) -> OutcomeMatrix:
    """What every model got on every question."""
    prices = list_prices(pool)
    return load_outcomes(run.datasets, pool.models, run.verdict, prices)


def collaborate_on(
    run_id: str, run: Run, pool: Pool, presets: Sequence[Preset], budget_usd: float, limit: int | None
) -> None:
    """Answer what is left of every preset and split, chunk by chunk.

    Raises:
        BudgetExceeded: at the cap; everything paid for and every finished chunk is landed.
    """
    matrix = read_outcomes(run, pool)
    jobs = jobs_of(run_id, run, pool, presets, matrix, limit)
    total, done = sum(len(job.at) for job in jobs), 0
    shown = create_progress_artifact(0.0, key="collaborate-progress", description=f"{total} answers by collaboration")
    secrets = secrets_of(pool)
    with (
        Desk(run_id, pool, run.datasets, matrix, budget_usd, run.embedder, secrets, ask_references=run.collect) as desk,
        steps(total, "collaborating", lambda: f"${desk.spent_usd:,.4f}") as step,
    ):
        for job in jobs:
            panel = prepare(job, run_id, run, pool, matrix)
            for chunk in job.chunks:
                answer_chunk(run_id, job, panel, matrix, chunk, desk)
                done += len(chunk)
                step(len(chunk))
                said = f"{done} of {total} answers by collaboration, {desk.spent_usd:.4f} USD so far"
                update_progress_artifact(shown, 100.0 * done / total, said)
    update_progress_artifact(shown, 100.0)


@task(name="prepare", task_run_name="prepare-{job.label}-{job.split}")
def prepare(job: Job, run_id: str, run: Run, pool: Pool, matrix: OutcomeMatrix) -> Panel:
    """Choose models for all questions of a job."""
    return panel_of(job, run_id, pool, get_embedder(run.embedder), matrix)


@task(name="collaborate-chunk", task_run_name="{job.label}-{job.split}-from-{chunk.start}")
def answer_chunk(run_id: str, job: Job, panel: Panel, matrix: OutcomeMatrix, chunk: range, desk: Desk) -> int:
    """Answer some questions and land their rows; how many."""
    return answer_batch(run_id, job, panel, matrix, chunk, desk)


@task(name="rescore-run")
def rescore_run(
    run_id: str, run: Run, pool: Pool, presets: Sequence[str], changes: Mapping[str, str]
) -> dict[str, str]:
    """Land the collaborations of a finished run under other coefficients; name before → name after."""
    return rescored(run_id, run, pool, read_outcomes.fn(run, pool), presets, changes)


@task(name="report-rescored")
def report_rescored(run_id: str, run: Run, labels: Mapping[str, str]) -> list[dict[str, object]]:
    """Show what the other coefficients change."""
    generator = np.random.default_rng(int(hash_parts("rescore", run_id), 16))
    lines = compare_rescored(run_id, run.verdict, labels, generator)
    create_table_artifact(key="rescore", table=lines, description=f"Re-scored answers of run {run_id}, no model asked")
    return lines


@task(name="report-collaboration")
def report_collaboration(run_id: str, run: Run, pool: Pool) -> pl.DataFrame:
    """Show accuracy, calls and cost per preset."""
    found = rows("collaboration_summary", run=run_id)
    create_markdown_artifact(summary(run, pool, found), key="collaborate")
    get_run_logger().info("collaborate: %s", ", ".join(found["preset"]) or "no question to answer")
    return found

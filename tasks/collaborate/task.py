"""Prefect's side of collaborate: jobs in chunks, progress, and what came out."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from profiles.amounts import usd
from profiles.embed import get_embedder
from profiles.outcomes import OutcomeMatrix, load_outcomes
from profiles.prices import list_prices
from profiles.schema import Pool, Preset, RunProfile
from profiles.system import system_rows
from tasks.collaborate.batch import answer_batch
from tasks.collaborate.batch_services import BatchServices
from tasks.collaborate.plan import Job, jobs_of, selection_of
from tasks.collaborate.rescore import compare_rescored, rescored
from tasks.collaborate.selection import Selection
from tasks.collaborate.summary import summary
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
from warehouse.writer import land


@task(name="outcomes")
def read_outcomes(run: RunProfile, pool: Pool) -> OutcomeMatrix:
    """What every model got on every question."""
    prices = list_prices(pool)
    return load_outcomes(run.datasets, pool.models, run.score_mode, prices)


def collaborate_on(
    run_id: str, run: RunProfile, pool: Pool, presets: Sequence[Preset], budget_usd: float, limit: int | None
) -> None:
    """Answer what is left of every preset and split, chunk by chunk.

    Raises:
        BudgetExceeded: at the cap; everything paid for and every finished chunk is landed.
    """
    matrix = read_outcomes(run, pool)
    jobs = jobs_of(run_id, run, pool, presets, matrix, limit)
    land("system", system_rows(run_id, {job.system for job in jobs}))
    total, done = sum(len(job.at) for job in jobs), 0
    shown = create_progress_artifact(0.0, key="collaborate-progress", description=f"{total} answers by collaboration")
    secrets = secrets_of(pool)
    with (
        BatchServices(
            run_id,
            pool,
            run.datasets,
            matrix,
            budget_usd,
            run.embedder,
            secrets,
            ask_references=run.collect,
            score_mode=run.score_mode,
        ) as batch,
        steps(total, "collaborating", lambda: f"${usd(batch.spent_usd)}") as step,
    ):
        for job in jobs:
            selection = prepare(job, run_id, run, pool, matrix)
            for chunk in job.chunks:
                answer_chunk(run_id, job, selection, matrix, chunk, batch)
                done += len(chunk)
                step(len(chunk))
                said = f"{done} of {total} answers by collaboration, {usd(batch.spent_usd)} USD so far"
                update_progress_artifact(shown, 100.0 * done / total, said)
    update_progress_artifact(shown, 100.0)


@task(name="prepare", task_run_name="prepare-{job.label}-{job.split}")
def prepare(job: Job, run_id: str, run: RunProfile, pool: Pool, matrix: OutcomeMatrix) -> Selection:
    """Choose models for all questions of a job."""
    return selection_of(job, run_id, pool, get_embedder(run.embedder), matrix)


@task(name="collaborate-chunk", task_run_name="{job.label}-{job.split}-from-{chunk.start}")
def answer_chunk(
    run_id: str, job: Job, selection: Selection, matrix: OutcomeMatrix, chunk: range, batch: BatchServices
) -> int:
    """Answer some questions and land their rows; how many."""
    return answer_batch(run_id, job, selection, matrix, chunk, batch)


@task(name="rescore-run")
def rescore_run(
    run_id: str, run: RunProfile, pool: Pool, presets: Sequence[str], changes: Mapping[str, str]
) -> dict[str, str]:
    """Land the collaborations of a finished run under other coefficients; name before → name after."""
    return rescored(run_id, run, pool, read_outcomes.fn(run, pool), presets, changes)


@task(name="report-rescored")
def report_rescored(run_id: str, run: RunProfile, labels: Mapping[str, str]) -> list[dict[str, object]]:
    """Show what the other coefficients change."""
    generator = np.random.default_rng(int(hash_parts("rescore", run_id), 16))
    lines = compare_rescored(run_id, run.score_mode, labels, run.statistics.resamples, generator)
    create_table_artifact(key="rescore", table=lines, description=f"Re-scored answers of run {run_id}, no model asked")
    return lines


@task(name="report-collaboration")
def report_collaboration(run_id: str, run: RunProfile, pool: Pool) -> pl.DataFrame:
    """Show accuracy, calls and cost per preset."""
    found = rows("collaboration_summary", run=run_id)
    create_markdown_artifact(summary(run, pool, found), key="collaborate")
    get_run_logger().info("collaborate: %s", ", ".join(found["preset"]) or "no question to answer")
    return found

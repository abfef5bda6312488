"""Prefect's side of collaborate: jobs in chunks, progress, and what came out."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial

import polars as pl

from profiles.embed import get_embedder
from profiles.outcomes import OutcomeMatrix, load_outcomes
from profiles.preset import Preset
from profiles.prices import list_prices
from profiles.readable import usd
from profiles.schema import Pool, RunProfile
from profiles.system import system_rows
from tasks.collaborate.batch import Chunk, answer_apart, answer_chunk
from tasks.collaborate.batch_services import BatchServices, open_client
from tasks.collaborate.plan import Job, jobs_of, selection_of
from tasks.collaborate.rescore import compare_rescored, rescored
from tasks.collaborate.selection import Selection
from tasks.collaborate.summary import summary
from tasks.collect.ledger import load_calls, spent_usd
from tasks.collect.progress import Tally
from tasks.collect.secrets import blocks_of
from tasks.collect.shares import Outcome, Share, Shares
from tasks.fanout.task import Workers, stoppable, workers
from tasks.measure.intervals import draws
from tasks.progress import steps
from tasks.recorded.task import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    get_run_logger,
    secret_blocks,
    task,
    update_progress_artifact,
)
from tasks.stopping import asked
from warehouse.connect import rows
from warehouse.writer import land, load_landing

_Ready = tuple[Job, Selection]
_Answered = tuple[int, float]  # questions, and US dollars of the stage so far
_NAME = "{chunk.label}-{chunk.selection.split}-from-{chunk.questions.start}"


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
    total, done, spent = sum(len(job.at) for job in jobs), 0, 0.0
    told = f"{total} answers by collaboration"
    shown = create_progress_artifact(0.0 if jobs else 100.0, key="collaborate-progress", description=told)
    if not jobs:
        return
    ready = ((job, prepare(job, run_id, run, pool, matrix)) for job in jobs)
    tally = Tally()
    with workers(run_id, tally.kept) as crew, steps(total, "collaborating", lambda: f"${usd(spent)}") as step:
        if isinstance(crew, Workers):
            load_calls()  # what a killed process left counts
            shares = Shares[range](Share(run_id, pool, budget_usd, spent_usd(run_id)), tally, crew.n)
            answered = _there(run, ready, shares, crew)
        else:
            opened = partial(open_client, run_id, run, pool, budget_usd, secret_blocks(blocks_of(pool)))
            answered = _here(run_id, ready, BatchServices(run_id, run, pool, matrix.questions, opened))
        with closing(answered):
            for n, spent in answered:
                done += n
                step(n)
                said = f"{done} of {total} answers by collaboration, {usd(spent)} USD so far"
                update_progress_artifact(shown, 100.0 * done / total, said)
    update_progress_artifact(shown, 100.0)


def _here(run_id: str, ready: Iterable[_Ready], services: BatchServices) -> Generator[_Answered]:
    """Answer everything in this process, with one client."""
    with services as batch:
        for job, selection in ready:
            for questions in job.chunks:
                answer_here(run_id, Chunk(job.label, selection.part(questions), questions), batch)
                yield len(questions), batch.spent_usd


def _there(run: RunProfile, ready: Iterable[_Ready], shares: Shares[range], crew: Workers) -> Generator[_Answered]:
    """The same on workers, one job after the other: what a preset asked and judged is known to the next."""
    before_usd = shares.spent_usd

    def take(job: Job, selection: Selection) -> tuple[Chunk, RunProfile, Share] | None:
        if (taken := shares.take()) is None:
            return None
        questions, share = taken
        return Chunk(job.label, selection.part(questions), questions), run, share

    for job, selection in ready:
        shares.put(job.chunks)
        for (chunk, _, share), outcome in crew.run(answer_there, partial(take, job, selection)):
            shares.back(share, outcome, chunk.questions)
            yield 0 if outcome.ended else len(chunk.questions), shares.spent_usd - before_usd
        if shares.ended is not None:
            raise shares.ended
        if asked():
            return
        load_landing(("call", "response", "score"))


@task(name="prepare", task_run_name="prepare-{job.label}-{job.split}")
def prepare(job: Job, run_id: str, run: RunProfile, pool: Pool, matrix: OutcomeMatrix) -> Selection:
    """Choose models for all questions of a job."""
    return selection_of(job, run_id, pool, get_embedder(run.embedder), matrix)


@task(name="collaborate-chunk", task_run_name=_NAME)
def answer_here(run_id: str, chunk: Chunk, batch: BatchServices) -> None:
    """Answer some questions and land their rows."""
    answer_chunk(run_id, chunk, batch)


@task(name="collaborate-chunk", task_run_name=_NAME)
def answer_there(chunk: Chunk, run: RunProfile, share: Share) -> Outcome:
    """The same in whatever process this is: keys are looked up, and a client is opened, there."""
    with stoppable(share.run_id):
        return answer_apart(chunk, run, share, secret_blocks(blocks_of(share.pool)))


@task(name="rescore-run")
def rescore_run(
    run_id: str, run: RunProfile, pool: Pool, presets: Sequence[str], changes: Mapping[str, str]
) -> dict[str, str]:
    """Land the collaborations of a finished run under other coefficients; name before → name after."""
    return rescored(run_id, run, pool, read_outcomes.fn(run, pool), presets, changes)


@task(name="report-rescored")
def report_rescored(run_id: str, run: RunProfile, labels: Mapping[str, str]) -> list[dict[str, object]]:
    """Show what the other coefficients change."""
    lines = compare_rescored(run_id, run.score_mode, labels, run.statistics.resamples, draws())
    create_table_artifact(key="rescore", table=lines, description=f"Re-scored answers of run {run_id}, no model asked")
    return lines


@task(name="report-collaboration")
def report_collaboration(run_id: str, run: RunProfile, pool: Pool) -> pl.DataFrame:
    """Show accuracy, calls and cost per preset."""
    found = rows("collaboration_summary", run=run_id)
    create_markdown_artifact(summary(run, pool, found), key="collaborate")
    get_run_logger().info("collaborate: %s", ", ".join(found["preset"]) or "no question to answer")
    return found

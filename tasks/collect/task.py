"""Prefect's side of collect: chunks of requests as task runs, progress, what happened."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import polars as pl

from profiles.rows import pool_rows
from profiles.schema import Pool, Refresh, RunProfile
from tasks.collect.cache import load_cache
from tasks.collect.ledger import spent_usd
from tasks.collect.models import Models
from tasks.collect.plan import estimated, missing_of, requests_for
from tasks.collect.pricing import Pricing
from tasks.collect.progress import Tally
from tasks.collect.record import Request
from tasks.collect.refresh import last_night_usd, night_began, refresh_requests
from tasks.collect.secrets import blocks_of
from tasks.collect.standing import standing_of
from tasks.fanout.runner import chunk_size
from tasks.fanout.task import stoppable, workers
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
from tasks.stopping import Stopped
from warehouse.connect import rows
from warehouse.errors import BudgetExceeded, ProviderError
from warehouse.writer import land, now

if TYPE_CHECKING:
    from tasks.collect.chunk import Chunk
    from tasks.collect.shares import Outcome, Share


def estimate_answers(
    questions: pl.DataFrame, pool: Pool, datasets: Sequence[str], *, samples: int
) -> list[dict[str, Any]]:
    """What collecting would take, per dataset and model; nothing is asked and no key is needed."""
    table = estimated(questions, pool, datasets, samples)
    create_table_artifact(table=table, key="collect-estimate", description=f"What collecting with {pool.name} takes")
    return table


def collect_answers(
    run_id: str,
    questions: pl.DataFrame,
    pool: Pool,
    datasets: Sequence[str],
    *,
    samples: int,
    budget_usd: float,
    concurrency: int,
    retry_empty: bool = False,
) -> None:
    """Ask for the answers that are missing, in chunks, each a task run.

    Args:
        run_id: the run; what it spent before is taken off the budget.
        questions: rows of `warehouse/reads/question.sql`; simulated models are told their truths.
        pool: the models.
        datasets: globs over dataset names: where known answers are looked for.
        samples: answers per question and model.
        budget_usd: the run's cap in US dollars.
        concurrency: requests in flight per endpoint where the pool sets none.
        retry_empty: ask again where an empty answer was paid for.

    Raises:
        BudgetExceeded: at the run's cap; everything paid for is landed.
        ProviderError: every model was asked, and none answered at all.
    """
    requests = requests_for(questions, pool, samples)
    known = load_cache(datasets, retry_empty=retry_empty).known
    found = standing_of(pool, requests, Models(pool).missing(requests, known), known, datasets)
    for model, n in found.changed.items():
        told = "collect: %s was asked %s questions in another way before; those answers no longer count"
        get_run_logger().info(told, model, f"{n:,}")
    land("response", found.again)
    spend: Any = {"budget_usd": budget_usd, "concurrency": concurrency}
    tally = ask(run_id, pool, questions, found.missing, len(requests), retry_empty=retry_empty, **spend)
    _check_heard(pool, found.missing, tally)


def refresh_answers(
    run_id: str,
    questions: pl.DataFrame,
    run: RunProfile,
    rule: Refresh,
    pool: Pool,
    *,
    budget_usd: float,
    concurrency: int,
) -> None:
    """Ask anew what the profile's `refresh` says, as far as the budget goes; arguments as of `collect_answers`.

    What the last night spent on anything but answers is left for tonight's other stages, up to half of the budget.

    Raises:
        ProviderError: every model was asked, and none answered at all.
    """
    known = rows("answer_age", datasets=run.datasets, models=pool.models)
    since = night_began(run.name, run_id)
    requests = refresh_requests(questions, pool, rule, known, since=since, today=now())
    if not requests:
        return
    others = min(last_night_usd(run.name, run_id), budget_usd / 2)
    spend: Any = {"budget_usd": budget_usd - others, "concurrency": concurrency}
    try:
        missing = missing_of(pool, requests, run.datasets)
        _check_heard(pool, missing, ask(run_id, pool, questions, missing, len(requests), **spend))
    except BudgetExceeded as stopped:
        get_run_logger().warning("refresh: ended by the budget, and the night goes on with what came: %s", stopped)


def ask(
    run_id: str,
    pool: Pool,
    questions: pl.DataFrame,
    missing: Sequence[Request],
    n_wanted: int,
    *,
    retry_empty: bool = False,
    **spend: Any,
) -> Tally:
    """Ask for what is missing of `n_wanted` requests and say what came of it; `spend` is `Share`'s.

    Raises:
        BudgetExceeded: at the run's cap; everything paid for is landed.
    """
    from tasks.collect.shares import Share

    land("model", pool_rows(pool))
    land("price", Pricing(pool).rows())
    tally = Tally(cached=n_wanted - len(missing))
    whole = Share(run_id, pool, spent_usd=spent_usd(run_id), **spend)
    try:
        _ask_whole(whole, questions, missing, tally, retry_empty=retry_empty)
    except (BudgetExceeded, Stopped):
        report(str(tally), tally)
        raise
    report(str(tally), tally)  # not after another error: what came of the chunks that it ended is not counted
    return tally


def _check_heard(pool: Pool, asked: Sequence[Request], tally: Tally) -> None:
    # Where only some models had something to be asked, the others are known: those are missing, and the run goes on.
    # What is empty was asked for and is known; it is no reason to ask again.
    everybody = {request.model for request in asked} >= set(pool.models)
    if everybody and tally.failed.keys() - {"empty", "content_filter"} and not tally.answered:
        kind = tally.failed.most_common(1)[0][0]
        mend = f"; look at `api_key` in pool '{pool.name}'" if kind == "auth" else ""
        told = f"{tally.failed.total():,} requests, none answered; {tally.example[kind]}{mend}"
        raise ProviderError(kind, told, retryable=False)


def _ask_whole(
    whole: "Share", questions: pl.DataFrame, missing: Sequence[Request], tally: Tally, *, retry_empty: bool = False
) -> None:
    """Ask for everything: here as one chunk, which shows itself how far it is; on workers in many."""
    from tasks.collect.chunk import Chunk, wanted_rows
    from tasks.collect.shares import Shares

    total, asked = len(missing), 0
    shown: Any = create_progress_artifact(0.0 if total else 100.0, "collect-progress", f"{total} answers to ask for")
    if not total:
        return
    with workers(whole.run_id, tally.kept) as crew:
        shares = Shares[pl.DataFrame](whole, tally, crew.n)
        here = crew.n is None
        shares.put(wanted_rows(missing).iter_slices(total if here else chunk_size(total, shares.n)))

        def take() -> "tuple[Chunk, Any] | None":
            if (taken := shares.take()) is None:
                return None
            wanted, share = taken
            own = questions.filter(pl.col("question_id").is_in(wanted["question_id"].implode()))
            return Chunk(share, own, wanted, retry_empty), shown if here else None

        with nullcontext() if here else steps(total, "asking", tally.so_far) as step:
            for (chunk, _), (outcome, left) in crew.run(collect_chunk, take):
                shares.back(chunk.share, outcome, left)
                asked += len(chunk.wanted) - len(left)
                if step is not None:
                    step(len(chunk.wanted) - len(left))
                update_progress_artifact(shown, 100.0 * asked / total)
    if shares.ended is not None:
        raise shares.ended


@task(name="collect-chunk", task_run_name="chunk-{chunk.share.number}")
def collect_chunk(chunk: "Chunk", shown: Any = None) -> "tuple[Outcome, pl.DataFrame]":
    """Ask a chunk's requests, in whatever process this is: keys are looked up, and a client is opened, here.

    Args:
        chunk: plain records.
        shown: the progress artifact that is about this chunk alone.

    Returns:
        What came of it, and the rows of what was not asked.
    """
    from tasks.collect.chunk import ask_chunk

    def told(share: float) -> None:
        if shown is not None:
            update_progress_artifact(shown, 100.0 * share)

    with stoppable(chunk.share.run_id):
        return ask_chunk(chunk, secret_blocks(blocks_of(chunk.share.pool)), told)


def report(sentence: str, tally: Tally) -> None:
    """Say in the log and in the artifact `collect` what happened, with an example of every kind of error."""
    get_run_logger().info("collect: %s", sentence)
    failed = [f"- **{kind}** ({count}): {tally.example[kind]}" for kind, count in tally.failed.most_common()]
    create_markdown_artifact("\n".join([sentence, "", *failed]), key="collect")

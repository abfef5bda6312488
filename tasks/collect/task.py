"""Prefect's side of collect: chunks of requests as task runs, progress, what happened; and Prefect's secrets."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import polars as pl

from profiles.schema import Pool, Refresh, RunProfile
from tasks.collect.plan import chunks, estimated, requests_for
from tasks.collect.progress import Tally
from tasks.collect.record import Request
from tasks.collect.refresh import night_began, refresh_requests
from tasks.collect.secrets import blocks_of
from tasks.progress import steps
from tasks.recorded.task import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    get_run_logger,
    recorded,
    task,
    update_progress_artifact,
)
from tasks.score.registry import Mode
from tasks.score.rows import by_model, items_of, questions_of, score_rows, waiting_responses
from warehouse.connect import rows
from warehouse.errors import BudgetExceeded, ProviderError, UserError
from warehouse.writer import land, now

if TYPE_CHECKING:
    from tasks.collect.client import Client


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
    """Ask for the answers that are missing, in chunks, each a task run; arguments as of `open_client`.

    Raises:
        BudgetExceeded: at the run's cap; everything paid for is landed.
        ProviderError: no model answered at all.
    """
    from tasks.collect.collection import open_client

    client = open_client(
        run_id,
        pool,
        questions,
        datasets,
        budget_usd=budget_usd,
        concurrency=concurrency,
        secrets=secrets_of(pool),
        retry_empty=retry_empty,
    )
    _ask(client, requests_for(questions, pool, samples))


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
    """Ask anew what the profile's `refresh` says, as far as the budget goes; arguments as of `open_client`.

    What the last night spent on anything but answers is left for tonight's other stages, up to half of the budget.

    Raises:
        ProviderError: no model answered at all.
    """
    from tasks.collect.collection import open_client

    known = rows("answer_age", datasets=run.datasets, models=pool.models)
    since = night_began(run.name, run_id)
    requests = refresh_requests(questions, pool, rule, known, since=since, today=now())
    if not requests:
        return
    others = rows("last_night_spent", profile=run.name, run=run_id)["spent_usd"].item()
    client = open_client(
        run_id,
        pool,
        questions,
        run.datasets,
        budget_usd=budget_usd - min(others, budget_usd / 2),
        concurrency=concurrency,
        secrets=secrets_of(pool),
    )
    try:
        _ask(client, requests)
    except BudgetExceeded as stopped:
        get_run_logger().warning("refresh: ended by the budget, and the night goes on with what came: %s", stopped)


def _ask(client: "Client", requests: Sequence[Request]) -> None:
    from tasks.collect.collection import collected

    missing = client.missing(requests)
    client.tally.cached += len(requests) - len(missing)
    parts = list(chunks(missing))
    shown: Any = create_progress_artifact(0.0, "collect-progress", f"{len(missing)} answers to ask for")
    try:
        with (
            steps(len(missing), "asking", client.tally.so_far) as step,
            closing(collected(client, parts, step)) as answers,
        ):
            for number in range(1, len(parts) + 1):
                collect_chunk(number, len(parts), answers)
                update_progress_artifact(shown, 100.0 * number / len(parts))
    finally:
        report(str(client.tally), client.tally)
    # What is empty was asked for and is known; it is no reason to ask again.
    if client.tally.failed.keys() - {"empty", "content_filter"} and not client.tally.answered:
        kind, count = client.tally.failed.most_common(1)[0]
        raise ProviderError(kind, f"{count} requests, none answered; {client.tally.example[kind]}", retryable=False)


@task(name="collect-chunk", task_run_name="chunk-{number}-of-{total}")
def collect_chunk(number: int, total: int, answers: Iterator[list[Any]]) -> int:
    """Wait for the next chunk; how many of its requests were answered."""
    return sum(not isinstance(answer, ProviderError) for answer in next(answers))


def judge_answers(run_id: str, run: RunProfile, pool: Pool, *, rescore: bool = False, mode: Mode | None = None) -> None:
    """Let the judges that datasets name grade what has no current verdict; verdicts are landed chunk by chunk.

    Raises:
        BudgetExceeded: everything paid for was kept; the next score stage goes on from there.
        UserError: a judge's model is not in the pool.
    """
    waiting = waiting_responses(run.datasets, rescore=rescore, mode=mode)
    pairs = list(waiting.filter(by_model(waiting)).select("response_id", "scorer").iter_rows())
    if pairs:
        ask_judges(run_id, run, pool, pairs)


@task(name="judge", task_run_name="judge-{run.name}")
def ask_judges(run_id: str, run: RunProfile, pool: Pool, pairs: list[tuple[str, str]]) -> None:
    """Ask for a verdict on each response of its judge, within the profile's budget."""
    from tasks.collect.collection import open_client
    from tasks.collect.judging import verdicts_of

    known = rows("question", datasets=run.datasets)
    client = open_client(run_id, pool, known, run.datasets, budget_usd=run.budget_usd, secrets=secrets_of(pool))
    with steps(len(pairs), "asking judges", client.tally.so_far) as step:
        for judged, verdicts in verdicts_of(client, items_of(pairs), questions_of([response for response, _ in pairs])):
            land("score", score_rows(run_id, judged, verdicts))
            step(len(judged))
    report(str(client.tally), client.tally)


def secrets_of(pool: Pool) -> dict[str, str]:
    """Values of the Prefect secret blocks that a pool refers to; never a task's parameter or result.

    Raises:
        UserError: a block is not there, or no Prefect server is; none is started for it, for it would stay.
    """
    found: dict[str, str] = {}
    names = {name for model in pool.model_list for name in blocks_of(model.litellm_params)}
    if names and not recorded():
        raise UserError(
            f"the Prefect secret block '{min(names)}' is kept by a Prefect server, and none runs here; start "
            "`concertino up`, or write the key as `os.environ/NAME` in the pool"
        )
    for name in names:
        from prefect.blocks.system import Secret

        try:
            found[name] = str(Secret.load(name).get())  # type: ignore[union-attr]
        except ValueError as error:
            raise UserError(f"there is no Prefect secret block '{name}'; create it in the UI under Blocks") from error
    return found


def report(sentence: str, tally: Tally) -> None:
    """Say in the log and in the artifact `collect` what happened, with an example of every kind of error."""
    get_run_logger().info("collect: %s", sentence)
    failed = [f"- **{kind}** ({count}): {tally.example[kind]}" for kind, count in tally.failed.most_common()]
    create_markdown_artifact("\n".join([sentence, "", *failed]), key="collect")

"""Ask many requests from synchronous code: part by part, on one event loop."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import polars as pl

from profiles.schema import Pool
from tasks.collect.cache import load_cache
from tasks.collect.client import Client
from tasks.collect.cost import price_rows
from tasks.collect.ledger import spent_usd
from tasks.collect.record import Answer, Request
from tasks.ingest.rows import pool_rows
from tasks.stopping import GRACE_S, gently
from warehouse.errors import BudgetExceeded, ConcertinoError, ProviderError
from warehouse.settings import settings
from warehouse.writer import land, move_landed

_AHEAD = 2  # parts asked while an earlier one still waits for its slowest answers
_SHARED_EVERY_S = 30.0
_log = logging.getLogger("concertino")

Answers = list[Answer | ProviderError]


def open_client(
    run_id: str,
    pool: Pool,
    questions: pl.DataFrame,
    datasets: Sequence[str],
    *,
    budget_usd: float,
    concurrency: int = 32,
    secrets: Mapping[str, str] | None = None,
    retry_empty: bool = False,
) -> Client:
    """A client that knows what was answered and spent before; its models and prices are registered.

    Args:
        run_id: the run; what it spent before is taken off the budget.
        pool: the models.
        questions: rows of `warehouse/reads/question.sql`; simulated models are taught their truths.
        datasets: globs over dataset names: where known answers are looked for.
        budget_usd: the run's cap in US dollars.
        concurrency: requests in flight per endpoint where the pool sets none.
        secrets: Prefect secret block → value.
        retry_empty: ask again where an empty answer was paid for.
    """
    if pool.synthetic:
        from tasks.collect.providers.synthetic import teach

        teach(questions)
    cache = load_cache(datasets, retry_empty=retry_empty)  # first: it loads the calls that a killed process left
    client = Client(pool, run_id, max(0.0, budget_usd - spent_usd(run_id)), concurrency, cache, secrets)
    land("model", pool_rows(pool))
    land("price", price_rows(pool.name, client.prices))
    return client


def collected(
    client: Client, parts: Sequence[Sequence[Request]], done: Callable[[Request], object] | None = None
) -> Generator[Answers]:
    """Answers of one part after the other; the client is closed at the end.

    One event loop serves all parts, so that limits, budget and connections are shared. Each part mixes all models,
    so that every provider is busy, and the next parts start before the last answers of one are in.

    Args:
        client: a fresh one.
        parts: of the requests.
        done: called with each request that was answered, or was asked in vain.

    Raises:
        BudgetExceeded: after everything in flight was kept.
        Stopped: a signal came; calls in flight had some seconds to come back.
    """
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        ahead: deque[asyncio.Task[Answers]] = deque()
        sharing = [loop.create_task(_shared())] if settings().lake else []
        with gently(lambda: loop.call_soon_threadsafe(client.stop, GRACE_S), client.tally.kept):
            try:
                for part in parts:
                    ahead.append(loop.create_task(client.ask_all(part, done)))
                    if len(ahead) > _AHEAD:
                        yield runner.run(_finished(ahead.popleft()))
                while ahead:
                    yield runner.run(_finished(ahead.popleft()))
            except BudgetExceeded:
                runner.run(_back(ahead))
                raise
            finally:
                for task in (*ahead, *sharing):
                    task.cancel()
                runner.run(_back([*ahead, *sharing]))
                runner.run(client.close())


async def _shared() -> None:
    """Let the other homes of a lake have what came so far: a host that is lost loses its landing folder, too."""
    while True:
        await asyncio.sleep(_SHARED_EVERY_S)
        try:
            await asyncio.to_thread(move_landed, ("call", "response"))
        except ConcertinoError as error:  # what stays is loaded, and what was set aside is told, at the end
            _log.warning("%s", error)


async def _finished(task: asyncio.Task[Answers]) -> Answers:
    return await task


async def _back(ahead: Sequence[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*ahead, return_exceptions=True)

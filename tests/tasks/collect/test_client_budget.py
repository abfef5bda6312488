"""What live questions ask of the client beyond a batch: a budget each, and calls that nobody waits for any more."""

import asyncio
from collections.abc import Callable

from profiles.schema import Pool
from tasks.collect.client import Client
from tasks.collect.record import Answer, Request
from tests.local_openai import LocalOpenAI
from warehouse.connect import read
from warehouse.errors import BudgetExceeded, ProviderError
from warehouse.writer import load_landing

Pools = Callable[..., Pool]


def requests(n: int) -> list[Request]:
    return [Request(f"q{i}", "m", [{"role": "user", "content": f"question {i}"}]) for i in range(n)]


def test_what_is_abandoned_while_it_waits_for_its_turn_is_never_sent(http_pool: Pools, server: LocalOpenAI) -> None:
    pool = http_pool("m", max_parallel_requests=1)

    async def run() -> list[Answer | BaseException]:
        async with Client(pool, "run", 1.0) as client:
            first, second = requests(2)
            tasks = [asyncio.create_task(client.ask(one)) for one in (first, second)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            client.abandon(second)
            return await asyncio.gather(*tasks, return_exceptions=True)

    answered, given_up = asyncio.run(run())
    assert isinstance(answered, Answer)
    assert isinstance(given_up, ProviderError)
    load_landing()
    assert read("select count(*) as n from call").item() == 1


def test_one_questions_used_up_budget_is_not_anothers(http_pool: Pools, server: LocalOpenAI) -> None:
    async def run() -> list[Answer | BaseException]:
        async with Client(http_pool("m"), "run", 0.0) as client:
            (wanted,) = requests(1)
            poor, rich = client.with_budget(0.0), client.with_budget(1.0)
            tasks = [asyncio.create_task(one.ask(wanted)) for one in (poor, rich)]
            return await asyncio.gather(*tasks, return_exceptions=True)

    poor, rich = asyncio.run(run())
    assert isinstance(poor, BudgetExceeded)
    assert isinstance(rich, Answer)

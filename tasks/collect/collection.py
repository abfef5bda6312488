"""Ask many requests from synchronous code: chunk by chunk, on one event loop."""

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Sequence

from tasks.collect.client import Client
from tasks.collect.record import Answer, Request
from warehouse.errors import BudgetExceeded, ProviderError

_AHEAD = 2  # chunks asked while an earlier one still waits for its slowest answers

Answers = list[Answer | ProviderError]


def collected(
    client: Client, parts: Sequence[Sequence[Request]], done: Callable[[], None] | None = None
) -> Generator[Answers]:
    """Answers of one chunk after the other; the client is closed at the end.

    One event loop serves all chunks, so that limits, budget and connections are shared. Each chunk mixes all models,
    so that every provider is busy, and the next chunks start before the last answers of one are in.

    Args:
        client: a fresh one.
        parts: chunks of requests.
        done: called after each request.

    Raises:
        BudgetExceeded: after everything in flight was kept.
    """
    with asyncio.Runner() as runner:
        ahead: deque[asyncio.Task[Answers]] = deque()
        try:
            for part in parts:
                ahead.append(runner.get_loop().create_task(client.ask_all(part, done)))
                if len(ahead) > _AHEAD:
                    yield runner.run(_finished(ahead.popleft()))
            while ahead:
                yield runner.run(_finished(ahead.popleft()))
        except BudgetExceeded:
            runner.run(_kept(ahead))
            raise
        finally:
            for task in ahead:
                task.cancel()
            runner.run(client.close())


async def _finished(task: asyncio.Task[Answers]) -> Answers:
    return await task


async def _kept(ahead: Sequence[asyncio.Task[Answers]]) -> None:
    await asyncio.gather(*ahead, return_exceptions=True)

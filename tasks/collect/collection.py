"""Ask many requests from synchronous code: part by part, on one event loop."""

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import Any

from tasks.collect.client import Client
from tasks.collect.record import Answer, Request
from tasks.stopping import GRACE_S, gently
from warehouse.errors import BudgetExceeded, ProviderError

_AHEAD = 2  # parts asked while an earlier one still waits for its slowest answers

Answers = list[Answer | ProviderError]


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
                for task in ahead:
                    task.cancel()
                runner.run(_back(ahead))
                runner.run(client.close())


async def _finished(task: asyncio.Task[Answers]) -> Answers:
    return await task


async def _back(ahead: Sequence[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*ahead, return_exceptions=True)

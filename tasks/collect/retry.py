"""Try again where that can help: as often as the kind of error deserves, waiting with jitter in between."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from tasks.collect.errors import retry_after_s, too_long, tries, wait_s
from warehouse.errors import ProviderError

_T = TypeVar("_T")
_jitter = random.Random()  # so that those refused together do not come back together; decides no result


async def retried(attempt: Callable[[int], Awaitable[_T]], again: Callable[[], None]) -> _T:
    """The first success of `attempt(number)`, number from 1; `again` is called before each further try.

    Raises:
        ProviderError: it is not retryable, or one kind of error came as often as is allowed for it.
    """
    met: Counter[str] = Counter()

    def wait(error: Exception) -> bool | float:
        if not isinstance(error, ProviderError) or not error.retryable:
            return False
        met[error.kind] += 1
        asked_s = retry_after_s(error)
        if met[error.kind] >= tries(error.kind) or too_long(asked_s):
            return False
        again()
        return wait_s(error.kind, met[error.kind], asked_s, _jitter)

    async for trial in stamina.retry_context(on=wait, attempts=None, timeout=None):
        with trial:
            return await attempt(trial.num)
    raise AssertionError("stamina ends by success or error")

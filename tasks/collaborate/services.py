"""What a collaboration needs: given in by batch, by one live question and by tests alike."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tasks.collect.record import Answer, Request
from tasks.score.verdict import Verdict
from warehouse.errors import ProviderError

NOT_ASKED = "not_recorded"
"""Kind of the error that stands for an answer nobody asked for: it is no call and costs nothing."""


@dataclass(frozen=True, eq=False)
class Services:
    """Calls, verdicts, vectors and texts.

    Args:
        ask: requests to answers, or why there is none.
        judge: answers to verdicts; only what is extracted is used to choose, the score never is.
        embed: texts to unit vectors, (n, d).
        texts: response identifiers to texts.
        writers: models that may write aggregates, the usual one first; none: references are chosen from.
        askable: models that can be asked for a reference that is not there.
        context_tokens: model → its context window, where it is known.
    """

    ask: Callable[[Sequence[Request]], Awaitable[list[Answer | ProviderError]]]
    judge: Callable[[Sequence[Answer]], list[Verdict]]
    embed: Callable[[Sequence[str]], np.ndarray]
    texts: Callable[[Sequence[str]], Mapping[str, str]]
    writers: tuple[str, ...] = ()
    askable: frozenset[str] = frozenset()
    context_tokens: Mapping[str, int] = field(default_factory=dict)

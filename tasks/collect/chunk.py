"""Requests that can be asked anywhere: plain records, asked by a client of their own."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.collect.cache import cache_of
from tasks.collect.client import Client
from tasks.collect.collection import collected
from tasks.collect.messages import messages_of
from tasks.collect.models import Models
from tasks.collect.providers.truths import load_truths
from tasks.collect.record import Request
from tasks.collect.shares import Outcome, Share, one_client
from tasks.progress import steps
from tasks.stopping import Stopped
from warehouse.errors import BudgetExceeded

_PART = 256  # requests between two looks at the progress
_WANTED: dict[str, Any] = {
    "question_id": pl.String,
    "model": pl.String,
    "sample_index": pl.Int32,
    "refresh": pl.Int32,
    "standing": pl.Int32,
    "purpose": pl.String,
    "temperature": pl.Float64,
    "messages": pl.List(pl.Struct({"role": pl.String, "content": pl.String})),
}


@dataclass(frozen=True, eq=False, repr=False)
class Chunk:
    """Requests and what may be used for them; can be pickled.

    Args:
        share: what may be used.
        questions: rows of `warehouse/reads/question.sql`; those of the requests.
        wanted: one row per request, in the order of asking; see `wanted_rows`.
        retry_empty: ask again where an empty answer was paid for.
    """

    share: Share
    questions: pl.DataFrame
    wanted: pl.DataFrame
    retry_empty: bool = False

    @property
    def requests(self) -> list[Request]:
        """What is asked."""
        messages = {row["question_id"]: messages_of(row) for row in self.questions.iter_rows(named=True)}
        return [
            Request(**row | {"messages": row["messages"] or messages[row["question_id"]]})
            for row in self.wanted.iter_rows(named=True)
        ]


def wanted_rows(requests: Sequence[Request]) -> pl.DataFrame:
    """Requests as the rows of a chunk; messages of plain answers are left to the questions."""
    wanted = [
        [None if name == "messages" and one.purpose == "answer" else getattr(one, name) for name in _WANTED]
        for one in requests
    ]
    return pl.DataFrame(wanted, schema=_WANTED, orient="row")


def ask_chunk(
    chunk: Chunk, secrets: Mapping[str, str] | None = None, told: Callable[[float], object] = lambda share: None
) -> tuple[Outcome, pl.DataFrame]:
    """Ask a chunk's requests with a client of its own, here and now; a process asks one chunk at a time.

    Args:
        chunk: what is asked; what is known by now is not asked again.
        secrets: Prefect secret block → value.
        told: now and then called with the share that is done.

    Returns:
        What came of it, and the rows of `wanted` that were not asked.

    Raises:
        UserError: a key is missing, or a model is refused.
    """
    with one_client:
        if chunk.share.pool.synthetic:
            load_truths(chunk.questions)
        requests = chunk.requests
        client = _client(chunk, requests, secrets)
        ended, asked = _asked(client, requests, told)
        left = wanted_rows([one for one in requests if id(one) not in asked])
        return Outcome.of(chunk.share, client, ended), left


def _client(chunk: Chunk, requests: Sequence[Request], secrets: Mapping[str, str] | None) -> Client:
    share = chunk.share
    models = Models(share.pool)
    keys = [models.keyed(request).key for request in requests]
    known = cache_of(keys, retry_empty=chunk.retry_empty)  # first: it loads what a dead worker left
    return share.client(known, secrets)


def _asked(
    client: Client, requests: Sequence[Request], told: Callable[[float], object]
) -> tuple[BudgetExceeded | Stopped | None, set[int]]:
    """Why it ended early, if it did, and the identities of the requests that were asked."""
    asked: set[int] = set()
    parts = [requests[start : start + _PART] for start in range(0, len(requests), _PART)]
    try:
        with steps(len(requests), "asking", client.tally.so_far) as step:

            def done(request: Request) -> None:
                asked.add(id(request))
                step()

            with closing(collected(client, parts, done)) as answers:
                for number, _ in enumerate(answers, 1):
                    told(number / len(parts))
    except (BudgetExceeded, Stopped) as ended:
        return ended, asked
    return None, asked

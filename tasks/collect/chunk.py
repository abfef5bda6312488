"""Requests that can be asked anywhere: plain records, asked by a client of their own."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import polars as pl

from profiles.schema import Pool
from tasks.collect.cache import cache_of
from tasks.collect.client import Client
from tasks.collect.collection import collected
from tasks.collect.ledger import spent_since
from tasks.collect.messages import messages_of
from tasks.collect.models import Models
from tasks.collect.progress import Tally
from tasks.collect.record import Request
from tasks.progress import steps
from tasks.stopping import Stopped
from warehouse.errors import BudgetExceeded, ProviderError, without_cause
from warehouse.writer import now

_PART = 256  # requests between two looks at the progress
_WANTED: dict[str, Any] = {
    "question_id": pl.String,
    "model": pl.String,
    "sample_index": pl.Int32,
    "refresh": pl.Int32,
}
_one_client = threading.Lock()  # a process has one set of connections and of locks on requests


@dataclass(frozen=True, eq=False, repr=False)
class Chunk:
    """Requests and what may be used for them; can be pickled, and shows nothing of itself, for pools may hold keys.

    Args:
        run_id: the run.
        pool: the models, with limits that are this chunk's alone.
        questions: rows of `warehouse/reads/question.sql`; those of the requests.
        wanted: one row per request, in the order of asking: question_id, model, sample_index, refresh.
        budget_usd: the run's cap in US dollars.
        spent_usd: what of it is spent, or is others' to spend.
        concurrency: requests in flight per endpoint where the pool sets none.
        retry_empty: ask again where an empty answer was paid for.
        given_up: model → why an earlier chunk gave it up.
        burst: see `Limits`.
        since: when it was handed out, UTC; what was spent on its requests since is this chunk's, asked before by a
            worker that died.
        number: of the chunk, from 1.
    """

    run_id: str
    pool: Pool
    questions: pl.DataFrame
    wanted: pl.DataFrame
    budget_usd: float
    spent_usd: float = 0.0
    concurrency: int = 32
    retry_empty: bool = False
    given_up: Mapping[str, ProviderError] = field(default_factory=dict)
    burst: bool = True
    since: datetime = field(default_factory=now)
    number: int = 1

    @classmethod
    def of(cls, run_id: str, pool: Pool, questions: pl.DataFrame, requests: Sequence[Request], **rest: Any) -> Self:
        """A chunk of requests for plain answers."""
        return cls(run_id, pool, questions, wanted_rows(requests), **rest)

    @property
    def requests(self) -> list[Request]:
        """What is asked."""
        messages = {row["question_id"]: messages_of(row) for row in self.questions.iter_rows(named=True)}
        return [Request(messages=messages[row["question_id"]], **row) for row in self.wanted.iter_rows(named=True)]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a chunk; can be pickled.

    Args:
        tally: its counts.
        spent_usd: what it cost; calls of unknown cost count with the most they can have cost.
        left: the rows of `wanted` that were not asked.
        ended: why these were not; None when there are none.
    """

    tally: Tally
    spent_usd: float
    left: pl.DataFrame
    ended: BudgetExceeded | Stopped | None = None


def wanted_rows(requests: Sequence[Request]) -> pl.DataFrame:
    """Requests for plain answers as the rows of a chunk."""
    wanted = [tuple(getattr(one, name) for name in _WANTED) for one in requests]
    return pl.DataFrame(wanted, schema=_WANTED, orient="row")


def ask_chunk(
    chunk: Chunk, secrets: Mapping[str, str] | None = None, told: Callable[[float], object] = lambda share: None
) -> Outcome:
    """Ask a chunk's requests with a client of its own, here and now; a process asks one chunk at a time.

    Args:
        chunk: what is asked; what is known by now is not asked again.
        secrets: Prefect secret block → value.
        told: now and then called with the share that is done.

    Raises:
        UserError: a key is missing, or a model is refused.
    """
    with _one_client:
        if chunk.pool.synthetic:
            from tasks.collect.providers.synthetic import teach

            teach(chunk.questions)
        requests = chunk.requests
        client = _client(chunk, requests, secrets)
        ended, asked = _asked(client, requests, told)
        left = wanted_rows([one for one in requests if id(one) not in asked])
        for error in (*client.tally.given_up.values(), *filter(None, [ended])):
            without_cause(error)
        return Outcome(client.tally, client.spent_usd - chunk.spent_usd, left, ended)


def _client(chunk: Chunk, requests: Sequence[Request], secrets: Mapping[str, str] | None) -> Client:
    models = Models(chunk.pool, {}, {})
    keys = [models.keyed(request).key for request in requests]
    known = cache_of(keys, retry_empty=chunk.retry_empty)  # first: it loads what a dead worker left
    spent_usd = chunk.spent_usd + spent_since(chunk.run_id, keys, chunk.since)
    limits: Any = {"concurrency": chunk.concurrency, "burst": chunk.burst}
    client = Client(
        chunk.pool, chunk.run_id, chunk.budget_usd, cache=known, secrets=secrets, spent_usd=spent_usd, **limits
    )
    client.tally.given_up.update(chunk.given_up)
    return client


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

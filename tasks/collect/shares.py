"""What is asked by several workers at a time: each one's share of the budget and the limits, and what it brought."""

import threading
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from profiles.schema import Pool
from tasks.collect.cache import Cache
from tasks.collect.client import Client
from tasks.collect.ledger import spent_usd
from tasks.collect.limits import most_shares, shared_out
from tasks.collect.progress import Tally
from tasks.stopping import Stopped
from warehouse.errors import BudgetExceeded, ProviderError, without_cause

_Work = TypeVar("_Work")

one_client = threading.Lock()
"""Held while a share's client is open: a process has one set of connections and of locks on requests."""


def new_chunk_id() -> str:
    """One that no other chunk has."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, eq=False, repr=False)
class Share:
    """What may be used for a chunk's calls; can be pickled, and shows nothing of itself, for pools may hold keys.

    Args:
        run_id: the run.
        pool: the models, with limits that are this chunk's alone.
        budget_usd: the run's cap in US dollars.
        spent_usd: what of it is spent, or is others' to spend.
        concurrency: requests in flight per endpoint where the pool sets none.
        given_up: model → why an earlier chunk gave it up.
        burst: see `Limits`.
        chunk_id: of its calls' identifiers the beginning; a worker that takes the chunk over finds by it what one that
            died has spent, whatever their clocks say.
        number: of the chunk, from 1.
    """

    run_id: str
    pool: Pool
    budget_usd: float
    spent_usd: float = 0.0
    concurrency: int = 32
    given_up: Mapping[str, ProviderError] = field(default_factory=dict)
    burst: bool = True
    chunk_id: str = field(default_factory=new_chunk_id)
    number: int = 1

    def client(self, cache: Cache, secrets: Mapping[str, str] | None) -> Client:
        """A client that keeps within it, and has only the rest to spend where a worker died that had it.

        Args:
            cache: what is known, after what a dead worker left was loaded.
            secrets: Prefect secret block → value.
        """
        limits: Any = {"spent_usd": self.spent_usd + spent_usd(self.run_id, self.chunk_id), "burst": self.burst}
        limits["chunk_id"] = self.chunk_id
        client = Client(self.pool, self.run_id, self.budget_usd, self.concurrency, cache, secrets, **limits)
        client.tally.given_up.update(self.given_up)
        return client


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a chunk; can be pickled.

    Args:
        tally: its counts.
        spent_usd: what it cost; calls of unknown cost count with the most they can have cost.
        ended: why it ended before all was asked; None when all was.
    """

    tally: Tally
    spent_usd: float
    ended: BudgetExceeded | Stopped | None = None

    @classmethod
    def of(cls, share: Share, client: Client | None, ended: BudgetExceeded | Stopped | None) -> "Outcome":
        """What came of a share's client; None: there was nothing to ask."""
        tally = Tally() if client is None else client.tally
        for error in (*tally.given_up.values(), *filter(None, [ended])):
            without_cause(error)
        return cls(tally, 0.0 if client is None else client.spent_usd - share.spent_usd, ended)


class Shares(Generic[_Work]):
    """Hands out the chunks of a run, so that together they keep within its budget and limits.

    The flow shares out, and nobody else has to be asked before a call: of `n` chunks at a time each has a share of
    what is left of the budget, and an n-th of the pool's limits. What a share was too small for is asked by one chunk
    at a time, with all that the others left.

    Args:
        whole: the pool, the run's cap, and what is spent of it.
        tally: counts on.
        workers: chunks at a time; fewer where the limits are too small to be shared out. None: everything is one chunk.
    """

    def __init__(self, whole: Share, tally: Tally, workers: int | None = None) -> None:
        self.tally = tally
        self.spent_usd = whole.spent_usd
        self.n = self._most = min(workers or 1, most_shares(whole.pool, whole.concurrency))
        self._whole, self._alone = whole, workers is None
        self._waiting: deque[_Work] = deque()
        self.ended: BudgetExceeded | Stopped | None = None
        self._out: dict[int, float] = {}  # number of a chunk → its share in US dollars
        self._number = 0
        self._lone: int | None = None  # a chunk that had all that was left

    def put(self, chunks: Iterable[_Work]) -> None:
        """What is to be handed out next; while nothing is out."""
        self._waiting.extend(chunks)
        self.n = max(1, min(self._most, len(self._waiting)))

    def take(self) -> tuple[_Work, Share] | None:
        """The next chunk and its share; None while there is none to be asked."""
        if not self._waiting or len(self._out) >= self.n:
            return None
        work, self._number = self._waiting.popleft(), self._number + 1
        self._lone = self._number if self.n == 1 else None
        left_usd = self._whole.budget_usd - self.spent_usd - sum(self._out.values())
        share_usd = self._out[self._number] = max(0.0, left_usd / (self.n - len(self._out)))
        common: dict[str, Any] = {"number": self._number, "spent_usd": self._whole.budget_usd - share_usd}
        if self._alone:
            return work, replace(self._whole, **common)
        pool, concurrency = shared_out(self._whole.pool, self._whole.concurrency, self.n)
        common |= {"pool": pool, "concurrency": concurrency, "burst": False, "chunk_id": new_chunk_id()}
        return work, replace(self._whole, given_up=dict(self.tally.given_up), **common)

    def back(self, share: Share, outcome: Outcome, left: _Work) -> None:
        """Count what came of a chunk; at the cap, or after a signal, `ended` says so and no other is handed out.

        Args:
            share: the chunk's.
            outcome: what came of it.
            left: what is to be asked again if it ended early.
        """
        del self._out[share.number]
        self.spent_usd += outcome.spent_usd
        self.tally.add(outcome.tally)
        if isinstance(outcome.ended, Stopped) or (outcome.ended and share.number == self._lone):
            self.ended = outcome.ended
            self._waiting.clear()
        elif outcome.ended:
            self._waiting.appendleft(left)
            self.n = 1

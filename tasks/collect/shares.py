"""What is asked by several workers at a time: requests in chunks, and each one's share of the budget and the limits."""

from collections import deque
from dataclasses import replace
from typing import Any

import polars as pl

from tasks.collect.chunk import Chunk, Outcome
from tasks.collect.limits import most_shares, shared_out
from tasks.collect.progress import Tally
from tasks.fanout.runner import chunk_size
from tasks.stopping import Stopped
from warehouse.errors import BudgetExceeded
from warehouse.writer import now


class Shares:
    """Hands out the requests of a run, so that together they keep within its budget and limits.

    The flow shares out, and nobody else has to be asked before a call: of `n` chunks at a time each has a share of
    what is left of the budget, and an n-th of the pool's limits. What a share was too small for is asked by one chunk
    at a time, with all that the others left.

    Args:
        whole: all requests, with the run's cap and what is spent of it.
        tally: counts on.
        workers: chunks at a time; fewer where the limits are too small to be shared out. None: everything is one chunk.
    """

    def __init__(self, whole: Chunk, tally: Tally, workers: int | None = None) -> None:
        self.tally = tally
        self.n = min(workers or 1, most_shares(whole.pool, whole.concurrency))
        self._whole, self._spent_usd, self._alone = whole, whole.spent_usd, workers is None
        n_wanted = len(whole.wanted)
        size = n_wanted if workers is None else chunk_size(n_wanted, self.n)
        self._waiting = deque(whole.wanted.iter_slices(size) if n_wanted else ())
        self.n = max(1, min(self.n, len(self._waiting)))
        self.asked = 0
        self.ended: BudgetExceeded | Stopped | None = None
        self._out: dict[int, float] = {}  # number of a chunk → its share in US dollars
        self._number = 0
        self._lone: int | None = None  # a chunk that had all that was left

    def take(self) -> Chunk | None:
        """The next chunk; None while there is none to be asked."""
        if not self._waiting or len(self._out) >= self.n:
            return None
        wanted, self._number = self._waiting.popleft(), self._number + 1
        self._lone = self._number if self.n == 1 else None
        left_usd = self._whole.budget_usd - self._spent_usd - sum(self._out.values())
        share_usd = self._out[self._number] = max(0.0, left_usd / (self.n - len(self._out)))
        common: dict[str, Any] = {
            "number": self._number,
            "wanted": wanted,
            "spent_usd": self._whole.budget_usd - share_usd,
        }
        if self._alone:
            return replace(self._whole, **common)
        pool, concurrency = shared_out(self._whole.pool, self._whole.concurrency, self.n)
        questions = self._whole.questions.filter(pl.col("question_id").is_in(wanted["question_id"].implode()))
        common |= {"pool": pool, "concurrency": concurrency, "questions": questions, "burst": False, "since": now()}
        return replace(self._whole, given_up=dict(self.tally.given_up), **common)

    def back(self, chunk: Chunk, outcome: Outcome) -> None:
        """Count what came of a chunk; at the cap, or after a signal, `ended` says so and no other is handed out."""
        del self._out[chunk.number]
        self.asked += len(chunk.wanted) - len(outcome.left)
        self._spent_usd += outcome.spent_usd
        self.tally.add(outcome.tally)
        if isinstance(outcome.ended, Stopped) or (outcome.ended and chunk.number == self._lone):
            self.ended = outcome.ended
            self._waiting.clear()
        elif outcome.ended:
            self._waiting.appendleft(outcome.left)
            self.n = 1

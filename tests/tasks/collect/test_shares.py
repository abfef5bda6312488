"""What is handed out to several workers stays within one budget and one set of limits."""

from dataclasses import replace

import polars as pl
import pytest

from profiles.schema import Pool
from tasks.collect.chunk import Chunk, Outcome, wanted_rows
from tasks.collect.plan import requests_for
from tasks.collect.progress import Tally
from tasks.collect.shares import Shares
from tasks.stopping import Stopped
from warehouse.errors import BudgetExceeded


def whole_of(n: int, **more: object) -> Chunk:
    questions = pl.DataFrame({"question_id": [f"q{i}" for i in range(n)], "text": "t", "prompt": None, "dataset": "d"})
    model = {"model_name": "m", "litellm_params": {"model": "openai/m", "rpm": 60, "max_parallel_requests": 6}}
    pool = Pool.model_validate({"name": "p", "model_list": [model]})
    return Chunk.of("run", pool, questions, requests_for(questions, pool), **{"budget_usd": 1.0, **more})


def done(chunk: Chunk, spent_usd: float = 0.0, ended: Exception | None = None, asked: int | None = None) -> Outcome:
    n = len(chunk.wanted) if asked is None else asked
    return Outcome(Tally(answered=n), spent_usd, chunk.wanted[n:], ended)  # type: ignore[arg-type]


def share(chunk: Chunk) -> float:
    return pytest.approx(chunk.budget_usd - chunk.spent_usd)  # type: ignore[no-any-return]


def test_without_workers_everything_is_one_chunk_with_all_limits() -> None:
    whole = whole_of(1000, spent_usd=0.25)
    shares = Shares(whole, Tally())
    only = shares.take()
    assert only is not None
    assert (len(only.wanted), share(only), only.pool, only.burst) == (1000, 0.75, whole.pool, True)
    assert shares.take() is None
    assert Shares(replace(whole, wanted=whole.wanted[:0]), Tally()).take() is None


def test_chunks_at_a_time_have_their_part_of_everything_and_ask_each_request_once() -> None:
    tally = Tally()
    shares = Shares(whole_of(1000, concurrency=9), tally, 3)
    out, seen = [], []
    for _ in range(3):
        chunk = shares.take()
        assert chunk is not None
        limits = chunk.pool.model_list[0].litellm_params
        assert (share(chunk), chunk.concurrency, limits["rpm"], limits["max_parallel_requests"]) == (1 / 3, 3, 20, 2)
        assert 64 <= len(chunk.wanted) <= 512
        assert len(chunk.questions) == len(chunk.wanted)
        out.append(chunk)
    assert shares.take() is None
    shares.back(out[0], done(out[0], 0.1))
    following = shares.take()
    assert following is not None
    assert share(following) == 1 - 2 / 3 - 0.1
    out[0] = following
    seen += [len(following.wanted)]
    while out:
        chunk = out.pop()
        shares.back(chunk, done(chunk))
        out += [more] if (more := shares.take()) else []
    assert (tally.answered, shares.asked, shares.ended) == (1000, 1000, None)


def test_what_a_share_was_too_small_for_is_asked_alone_with_all_that_is_left() -> None:
    shares = Shares(whole_of(500), Tally(), 2)
    first, second = shares.take(), shares.take()
    assert first is not None
    assert second is not None
    poor = BudgetExceeded("used up")
    shares.back(first, done(first, 0.5, poor, asked=10))
    assert shares.take() is None, "another is out with half of the money"
    shares.back(second, done(second, 0.2, poor, asked=20))
    alone = shares.take()
    assert alone is not None
    assert (share(alone), alone.concurrency) == (0.3, 32)
    assert shares.ended is None
    shares.back(alone, done(alone, 0.3, poor, asked=5))
    assert shares.ended is poor
    assert shares.take() is None
    assert shares.asked == 35


def test_after_a_signal_nothing_more_is_handed_out() -> None:
    shares = Shares(whole_of(500), Tally(), 2)
    first, second = shares.take(), shares.take()
    assert first is not None
    assert second is not None
    shares.back(first, done(first, 0.0, Stopped("stopped"), asked=3))  # type: ignore[arg-type]
    assert shares.take() is None
    shares.back(second, done(second))
    assert isinstance(shares.ended, Stopped)


def test_requests_keep_what_decides_their_key() -> None:
    whole = whole_of(3)
    again = wanted_rows([replace(one, refresh=2) for one in whole.requests])
    assert {one.refresh for one in replace(whole, wanted=again).requests} == {2}

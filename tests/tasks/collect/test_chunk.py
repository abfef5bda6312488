"""Chunks of requests: plain to send, asked with a client of their own, and not paid again by whoever takes over."""

import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import cloudpickle
import polars as pl
import pytest

from profiles.schema import Pool
from tasks.collect.chunk import Chunk, ask_chunk, wanted_rows
from tasks.collect.plan import missing_of, requests_for
from tasks.collect.record import Request
from tasks.collect.shares import Share, new_chunk_id
from tasks.collect.task import collect_chunk
from tests.local_openai import LocalOpenAI
from warehouse.connect import connection, read
from warehouse.errors import BudgetExceeded, ProviderError
from warehouse.writer import load_landing

Ask = Callable[..., pl.DataFrame]
Pools = Callable[..., Pool]


def whole_of(questions: pl.DataFrame, pool: Pool, **rest: Any) -> Chunk:
    missing = missing_of(pool, requests_for(questions, pool), ["synthetic-*"])
    return Chunk(Share("run", pool, **{"budget_usd": 1.0, **rest}), questions, wanted_rows(missing))


def test_what_a_chunk_task_takes_and_gives_can_be_sent(
    ask_questions: Ask, http_pool: Pools, server: LocalOpenAI
) -> None:
    server.faults["m"].extend(["401"] * 9)
    chunk = whole_of(ask_questions(3), http_pool("m", "n"))
    task, sent = pickle.loads(cloudpickle.dumps((collect_chunk, chunk)))
    assert sent.requests == chunk.requests
    assert "sk-local" not in f"{sent} {sent!r}"
    with suppress(ImportError):
        import distributed  # noqa: F401  (from here on pickles hold what an error was raised from)
    outcome, left = pickle.loads(pickle.dumps(task(sent)))
    assert (outcome.tally.answered, outcome.ended, len(left)) == (3, None, 0)
    error = outcome.tally.given_up["m"]
    assert (error.kind, error.retryable, str(error)) == ("auth", False, f"auth: {error.message}")


def test_at_the_cap_a_chunk_says_what_was_not_asked(ask_questions: Ask, http_pool: Pools, server: LocalOpenAI) -> None:
    server.faults["m"].append("400")
    chunk = whole_of(ask_questions(40), http_pool("m", max_tokens=100), budget_usd=0.5, spent_usd=0.499, concurrency=1)
    outcome, left = pickle.loads(pickle.dumps(ask_chunk(chunk)))
    assert isinstance(outcome.ended, BudgetExceeded)
    assert "the budget of $0.50 is used up" in str(outcome.ended)
    assert 0 < outcome.spent_usd <= 0.001
    assert outcome.tally.answered + 1 + len(left) == 40, "what failed was asked"
    assert left["question_id"].to_list() == chunk.wanted["question_id"].to_list()[-len(left) :]


def test_who_asks_a_chunk_again_pays_for_nothing_again_and_has_less_to_spend(
    ask_questions: Ask, http_pool: Pools, server: LocalOpenAI
) -> None:
    chunk = whole_of(ask_questions(20), http_pool("m", max_tokens=100), concurrency=2)
    first, _ = ask_chunk(replace(chunk, wanted=chunk.wanted[:15]))
    again, _ = ask_chunk(chunk)
    assert (server.asked.total(), again.tally.answered, again.tally.cached) == (20, 5, 15)
    load_landing()
    assert again.spent_usd == pytest.approx(read("select sum(cost_usd) from call").item())
    assert again.spent_usd > first.spent_usd


@pytest.mark.parametrize("ahead", [-1, 1])
def test_what_a_dead_worker_spent_is_known_whatever_its_clock_says(
    ask_questions: Ask, http_pool: Pools, server: LocalOpenAI, ahead: int
) -> None:
    server.faults["m"].append("400")
    chunk = whole_of(ask_questions(20), http_pool("m", max_tokens=100), concurrency=2)
    earlier, _ = ask_chunk(replace(chunk, wanted=chunk.wanted[:5]))
    assert earlier.spent_usd
    share = replace(chunk.share, chunk_id=new_chunk_id())  # the same requests, handed out again
    dead, _ = ask_chunk(replace(chunk, share=share, wanted=chunk.wanted[:15]))
    load_landing()
    with connection("another host's clock") as con:
        con.execute("update call set started_at = started_at + $ahead * interval '1 hour'", {"ahead": ahead})
    taken_over, _ = ask_chunk(replace(chunk, share=share))
    load_landing()
    assert taken_over.spent_usd > dead.spent_usd > 0
    assert earlier.spent_usd + taken_over.spent_usd == pytest.approx(read("select sum(cost_usd) from call").item())


def test_a_model_that_was_given_up_is_not_asked_by_the_next_chunk(
    ask_questions: Ask, http_pool: Pools, server: LocalOpenAI
) -> None:
    gone = {"m": ProviderError("auth", "no such key", retryable=False)}
    outcome, _ = ask_chunk(whole_of(ask_questions(4), http_pool("m", "n"), given_up=gone))
    assert server.asked == {"n": 4}
    assert outcome.tally.failed == {"auth": 4}


def test_requests_keep_what_decides_their_key(ask_questions: Ask, http_pool: Pools) -> None:
    chunk = whole_of(ask_questions(2), http_pool("m"))
    said = [{"role": "system", "content": "You judge."}, {"role": "user", "content": "Is it so?"}]
    asked = [replace(one, refresh=2, sample_index=1) for one in chunk.requests]
    asked.append(Request(asked[0].question_id, "m", said, purpose="judge", temperature=0.0))
    assert replace(chunk, wanted=wanted_rows(asked)).requests == asked

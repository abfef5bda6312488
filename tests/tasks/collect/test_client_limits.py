"""What the client pays for, once, within its budget and limits; against a real server on this machine."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from profiles.schema import Pool, RunProfile
from tasks.collect.cache import load_cache
from tasks.collect.client import Client
from tasks.collect.estimate import estimate_requests
from tasks.collect.pricing import with_unpriced
from tasks.collect.record import Answer
from tests.asking import ask, requests, table
from tests.local_openai import LocalOpenAI
from warehouse.connect import read
from warehouse.errors import BudgetExceeded, UserError
from warehouse.writer import load_landing, now

Pools = Callable[..., Pool]


def test_nothing_is_paid_twice(
    http_pool: Pools, ask_questions: Callable[..., pl.DataFrame], server: LocalOpenAI
) -> None:
    ids = ask_questions(3)["question_id"]
    wanted = [replace(r, question_id=ids[i]) for i, r in enumerate(requests("m", n=3))]
    first = ask(http_pool("m"), wanted)
    again = ask(http_pool("m"), wanted, cache=load_cache(["synthetic-*"]))
    assert len(server.bodies) == 3
    for one, other in zip(first, again, strict=True):
        assert isinstance(one, Answer)
        assert replace(one, cached=True) == other
    assert table("response").height == table("call").height == 3


def test_the_same_words_are_paid_once_for_two_questions(http_pool: Pools, server: LocalOpenAI) -> None:
    one = requests("m")[0]
    answers = ask(http_pool("m"), [one, replace(one, question_id="twin"), replace(one, sample_index=1)])
    assert len(server.bodies) == 2
    assert [isinstance(answer, Answer) and answer.cached for answer in answers] == [False, True, False]
    responses = table("response")
    assert sorted(zip(responses["question_id"], responses["sample_index"], strict=True)) == [
        ("q0", 0),
        ("q0", 1),
        ("twin", 0),
    ]
    assert responses["response_id"].n_unique() == 3


def test_the_same_words_asked_another_way_are_another_response(http_pool: Pools, server: LocalOpenAI) -> None:
    ask(http_pool("m"), requests("m") + requests("m", temperature=0.1))
    assert table("response")["text"].n_unique() == 1
    assert table("response")["response_id"].n_unique() == 2


def test_tokens_that_were_not_counted_are_estimated_and_marked(http_pool: Pools, server: LocalOpenAI) -> None:
    server.faults["m"].append("no_usage")
    (answer,) = ask(http_pool("m"), requests("m"))
    assert isinstance(answer, Answer)
    assert answer.prompt_tokens == -(-len("question 0") // 4) + 4
    assert (answer.token_source, answer.cost_source) == ("estimated", "estimated")


def test_an_unknown_price_stays_unknown(http_pool: Pools) -> None:
    (answer,) = ask(http_pool("m", prices=None), requests("m"), budget=0.0)
    assert isinstance(answer, Answer)
    assert (answer.cost_usd, answer.cost_source) == (None, None)
    assert table("call")["cost_usd"].to_list() == [None]


def test_another_model_than_asked_is_recorded_and_counted(http_pool: Pools, server: LocalOpenAI) -> None:
    server.faults["m"].append("other_model")

    async def run() -> int:
        async with Client(http_pool("m"), "run", 1.0) as client:
            await client.ask_all(requests("m", n=2))
            return client.tally.other_model.total()

    assert asyncio.run(run()) == 1
    assert sorted(table("call")["served_model"]) == ["another-model", "m"]


def test_the_budget_is_a_hard_cap(http_pool: Pools, server: LocalOpenAI) -> None:
    pool = http_pool("m", max_tokens=100)  # at most 2 * 7 * 1e-6 + 100 * 2e-6 = 0.000214 a call, really 0.000014
    with pytest.raises(BudgetExceeded, match="kept"):
        ask(pool, requests("m", n=100), budget=0.0005)
    calls = table("call")
    assert 0 < calls.height < 100
    assert calls["cost_usd"].sum() <= 0.0005
    # Everything that fits was asked: only the last bound did not fit.
    assert calls["cost_usd"].sum() > 0.0005 - 0.000214 - 0.000014
    assert table("response").height == calls.height == len(server.bodies)


def test_models_are_asked_side_by_side_within_their_limits(http_pool: Pools, server: LocalOpenAI) -> None:
    server.together, server.latency_s = 5, 0.05
    ask(http_pool("m", "n"), requests("m", "n", n=20), concurrency=5)
    assert server.most_in_flight == 5  # one server, one limit
    server.reset()
    server.together, server.latency_s = 4, 0.05
    ask(http_pool("o", "p", max_parallel_requests=2), requests("o", "p", n=10), concurrency=64)
    assert server.most_in_flight == 4


def test_no_more_requests_per_minute_than_allowed(http_pool: Pools, server: LocalOpenAI) -> None:
    started = now()
    ask(http_pool("m", rpm=30), requests("m", n=6))
    # Five at once, then one every two seconds.
    assert (now() - started).total_seconds() >= 2
    assert len(server.bodies) == 6


def test_a_pool_limits_a_provider_as_a_whole(http_pool: Pools, server: LocalOpenAI) -> None:
    pool = http_pool("m", "n")
    limited = Pool.model_validate({**pool.model_dump(), "provider_limits": {"openai": {"concurrency": 3}}})
    server.together, server.latency_s = 3, 0.05
    ask(limited, requests("m", "n", n=6))
    assert server.most_in_flight == 3


def test_an_unknown_model_is_named(http_pool: Pools) -> None:
    with pytest.raises(UserError, match="unknown model 'x'; choose one of: m"):
        ask(http_pool("m"), requests("x"))


def test_the_estimate_counts_what_is_missing(http_pool: Pools, server: LocalOpenAI, home: Path) -> None:
    pool = http_pool("m", max_tokens=100)
    (row,) = estimate_requests(pool, requests("m", n=4), {}, {f"q{i}": "d" for i in range(4)})
    assert (row.dataset, row.model, row.requests, row.calls) == ("d", "m", 4, 4)
    assert row.completion_tokens == 400
    assert row.at_most_usd == pytest.approx(4 * (2 * 7 * 1e-6 + 100 * 2e-6))
    assert server.bodies == []
    assert not (home / "landing").exists()


def test_a_length_is_asked_for_under_the_pools_name_and_is_part_of_the_key(
    http_pool: Pools, server: LocalOpenAI
) -> None:
    for own in ({"max_completion_tokens": 300}, {"max_tokens": 300}):
        ask(http_pool("m", reasoning_effort="low", user="me", top_k=5, **own), requests("m"))
    first, second = server.bodies
    assert (first.get("max_completion_tokens"), first.get("max_tokens")) == (300, None)
    assert (second.get("max_completion_tokens"), second.get("max_tokens")) == (None, 300)
    assert all((body["reasoning_effort"], body["user"], body["top_k"]) == ("low", "me", 5) for body in server.bodies)
    assert table("call")["request_key"].n_unique() == 2


def test_a_price_is_neither_sent_nor_part_of_the_key(http_pool: Pools, server: LocalOpenAI) -> None:
    ask(http_pool("m", prices=None, input_cost_per_token=1e-6, output_cost_per_token=1e-6), requests("m"))
    ask(http_pool("m", cache_read_input_token_cost=1e-7), requests("m"))
    assert not any("cost" in name for body in server.bodies for name in body)
    assert table("call")["request_key"].n_unique() == 1


def test_who_answered_instead_is_priced_as_itself(http_pool: Pools, server: LocalOpenAI) -> None:
    pool = http_pool("m")
    other = pool.model_list[0].model_copy(deep=True)
    other.model_name, other.litellm_params["model"] = "other", "openai/another-model"
    other.model_info.input_cost_per_token = other.model_info.output_cost_per_token = 1e-3
    both = Pool(model_list=[*pool.model_list, other])
    server.faults["m"].append("other_model")
    (answer,) = ask(both, requests("m"))
    assert isinstance(answer, Answer)
    assert answer.cost_usd == pytest.approx(8e-3)
    load_landing()
    assert read("select model from price where model = 'another-model'").height == 1


def test_a_model_without_a_price_is_refused_where_the_budget_must_hold_it(
    http_pool: Pools, server: LocalOpenAI
) -> None:
    refusing = {"unpriced": "refuse"}
    with pytest.raises(UserError, match="unpriced: allow"):
        ask(http_pool("m", prices=None).model_copy(update=refusing), requests("m"))
    assert server.bodies == []
    (answer,) = ask(http_pool("m").model_copy(update=refusing), requests("m"))
    assert isinstance(answer, Answer)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, "allow"),
        ({"budget_usd": 1.0}, "refuse"),
        ({"profile": {"budget_usd": 1.0}}, "refuse"),
        ({"budget_usd": 1.0, "pool": "allow"}, "allow"),
        ({"budget_usd": 1.0, "profile": {"unpriced": "allow"}}, "allow"),
        ({"pool": "allow", "profile": {"unpriced": "refuse"}}, "allow"),
        ({"pool": "refuse"}, "refuse"),
        ({"pool": "refuse", "option": "allow"}, "allow"),
    ],
)
def test_a_stated_budget_is_to_hold_unless_somebody_decides_otherwise(
    http_pool: Pools, told: dict[str, Any], expected: str
) -> None:
    run = RunProfile.model_validate(
        {"title": "t", "source": "questions", "datasets": ["d"], "pool": "p"} | told.get("profile", {})
    )
    pool = http_pool("m").model_copy(update={"unpriced": told.get("pool")})
    assert with_unpriced(pool, run, told.get("budget_usd"), told.get("option")).unpriced == expected

"""Recorded answers given back through the same client."""

import asyncio
from collections.abc import Callable

import polars as pl

from profiles.schema import Pool
from tasks.collect.client import Client
from tasks.collect.providers import answerable_live
from tasks.collect.record import Answer, Request
from warehouse.connect import read
from warehouse.errors import ProviderError
from warehouse.identity import response_id, text_hash
from warehouse.writer import land, load_landing, now

POOL = Pool.model_validate(
    {
        "name": "recorded",
        "model_list": [
            {
                "model_name": "old-model",
                "litellm_params": {"model": "replay/old-model", "datasets": ["synthetic-*"]},
                "model_info": {"logprobs": True},
            },
            {"model_name": "live", "litellm_params": {"model": "synthetic/live"}},
        ],
    }
)


def record(question: str, text: str, **more: object) -> str:
    own = response_id(question, "old-model", "answer", 0, text_hash(text))
    row = {
        "response_id": own,
        "question_id": question,
        "model": "old-model",
        "purpose": "answer",
        "sample_index": 0,
        "source": "imported",
        "text": text,
        "text_hash": text_hash(text),
        "created_at": now(),
        **more,
    }
    land("response", pl.DataFrame([row]))
    load_landing()
    return own


def ask(*wanted: Request) -> list[Answer | ProviderError]:
    async def run() -> list[Answer | ProviderError]:
        async with Client(POOL, "run", 0.0) as client:
            return await client.ask_all(wanted)

    return asyncio.run(run())


def test_what_was_recorded_comes_back_with_its_tokens(ask_questions: Callable[..., pl.DataFrame]) -> None:
    first, second = ask_questions(2).select("question_id", "text").iter_rows()
    recorded = record(first[0], "It is 1.", prompt_tokens=11, completion_tokens=7, mean_logprob=-0.5)
    system = {"role": "system", "content": "Be brief."}
    asked = Request(first[0], "old-model", [system, {"role": "user", "content": f"  {first[1].upper()} "}])
    other = Request(second[0], "old-model", [{"role": "user", "content": second[1]}])
    answer, missing = ask(asked, other)
    assert isinstance(answer, Answer)
    assert (answer.text, answer.response_id) == ("It is 1.", recorded)
    assert (answer.prompt_tokens, answer.completion_tokens, answer.mean_logprob) == (11, 7, -0.5)
    assert answer.cost_usd is None  # nothing was paid, and what it once cost is not known here
    assert isinstance(missing, ProviderError)
    assert (missing.kind, missing.retryable) == ("not_recorded", False)
    load_landing()
    calls = read("select question_id, error_kind, attempt, served_model from call order by error_kind nulls first")
    assert calls.rows() == [(first[0], None, 1, "old-model"), (second[0], "not_recorded", 1, None)]
    assert read("select source from response").rows() == [("imported",)]  # no second row of the same response


def test_a_replayed_reference_has_a_row_of_its_own(ask_questions: Callable[..., pl.DataFrame]) -> None:
    ((question, text),) = ask_questions(1).select("question_id", "text").iter_rows()
    recorded = record(question, "It is 1.")
    (answer,) = ask(Request(question, "old-model", [{"role": "user", "content": text}], "reference"))
    assert isinstance(answer, Answer)
    assert answer.response_id != recorded
    load_landing()
    assert sorted(read("select source, purpose from response").rows()) == [
        ("imported", "answer"),
        ("replay", "reference"),
    ]


def test_only_live_models_can_be_asked_something_new() -> None:
    assert [answerable_live(model) for model in POOL.model_list] == [False, True]

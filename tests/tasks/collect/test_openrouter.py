"""OpenRouter's own router, asked live over HTTP: what it serves differs from question to question."""

import pytest

from profiles.load import load_pool
from profiles.schema import Pool, PoolModel
from tests.asking import ask, requests, table
from tests.faulty_openai import TEXT, USAGE, Scripted
from tests.local_openai import LocalOpenAI

SERVED = ("openai/gpt-4o-mini", "anthropic/claude-sonnet-4", "nobody/knows-this-one")


def reply(served: str, **usage: float) -> Scripted:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": TEXT}}
    body = {"id": "gen-1", "object": "chat.completion", "created": 1, "model": served, "choices": [choice]}
    return Scripted(body | {"usage": USAGE | usage})


@pytest.fixture
def auto(home: object, server: LocalOpenAI, monkeypatch: pytest.MonkeyPatch) -> Pool:
    """The packaged pool, its key given and its address this machine's."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-local-0123456789abcdef")
    pool = load_pool("openrouter")
    pool.model_list[0].litellm_params["api_base"] = server.api_base
    return pool


def test_each_answer_costs_what_was_billed_for_the_model_that_was_served(auto: Pool, server: LocalOpenAI) -> None:
    server.scripts = {"openrouter/auto": [reply(served, cost=0.001 * at) for at, served in enumerate(SERVED, 1)]}
    ask(auto, requests("openrouter", n=3))
    assert server.bodies[0]["usage"] == {"include": True}, "OpenRouter is not asked for its bill"
    calls, responses = table("call"), table("response")
    assert sorted(calls["served_model"]) == sorted(SERVED)
    assert calls["asked_model"].unique().to_list() == ["openrouter"]
    assert responses["model"].unique().to_list() == ["openrouter"], "its answers are not its own"
    assert sorted(responses["cost_usd"]) == pytest.approx([0.001, 0.002, 0.003])
    assert responses["cost_source"].unique().to_list() == ["billed"]


def test_without_a_bill_the_served_models_price_counts_and_an_unknown_one_stays_unknown(
    auto: Pool, server: LocalOpenAI
) -> None:
    priced = {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}
    known = {"model_name": "mini", "litellm_params": {"model": f"openrouter/{SERVED[0]}"}, "model_info": priced}
    auto.model_list.append(PoolModel.model_validate(known))
    server.scripts = {"openrouter/auto": [reply(SERVED[0]), reply(SERVED[2])]}
    ask(auto, requests("openrouter", n=2))
    known, unknown = table("response").sort("cost_usd", nulls_last=True)["cost_usd"]
    assert known == pytest.approx(100e-6 + 20 * 2e-6)
    assert unknown is None

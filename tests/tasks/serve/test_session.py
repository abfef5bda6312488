"""Live questions to models over HTTP: deadline, quorum, substitutes, budget, and what the models are sent."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from profiles.load import load_pool, load_run
from tasks.serve.answer import LiveAnswer, Unanswered
from tasks.serve.conversation import ChatRequest
from tasks.serve.session import Session
from tests.live_world import KEY, MODELS, make_world, rows_of, session, synthetic_pool
from tests.local_openai import LocalOpenAI
from warehouse.errors import BudgetExceeded, UserError


def asked(
    text: str, preset: str = "choosing", *, cost: float = 1.0, deadline: float = 60.0, **more: Any
) -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},), preset, cost, deadline, **more)


def answers(*wanted: ChatRequest) -> list[LiveAnswer | Exception]:
    async def run() -> list[Any]:
        opened = session()
        try:
            return [await _result(opened, one) for one in wanted]
        finally:
            await opened.close()

    return asyncio.run(run())


async def _result(opened: Session, one: ChatRequest) -> LiveAnswer | Exception:
    try:
        return await opened.answer(one)
    except Exception as error:
        return error


def answered(*wanted: ChatRequest) -> list[LiveAnswer]:
    found = answers(*wanted)
    assert all(isinstance(one, LiveAnswer) for one in found), found
    return found  # type: ignore[return-value]


def states(answer: LiveAnswer) -> dict[str, str]:
    return {one.model: one.state for one in answer.ranking}


def sent(server: LocalOpenAI) -> list[Sequence[dict[str, str]]]:
    return [body["messages"] for body in server.bodies]


def test_a_conversation_reaches_the_models_as_it_is(server: LocalOpenAI) -> None:
    messages = (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 40?"},
        {"role": "assistant", "content": "A number."},
        {"role": "user", "content": "And 2 more?"},
    )
    plain, rich = answered(
        ChatRequest(messages, "choosing", 1.0, 60.0, temperature=0.1, max_tokens=77),
        ChatRequest(messages, "quick", 1.0, 60.0),
    )
    assert plain.text == "I read: And 2 more?\nAnswer: 42"
    assert (plain.extracted, plain.n_call, plain.notes) == ("42", 3, ())
    first = server.bodies[:3]
    assert [body["messages"] for body in first] == [list(messages)] * 3
    assert {(body["temperature"], body["max_tokens"]) for body in first} == {(0.1, 77)}
    system, *rest = sent(server)[-1]  # of the last aggregate
    assert rest == list(messages[1:])
    assert system["content"].startswith("Be brief.\n")
    assert "1. I read: And 2 more?\nAnswer: 42" in system["content"]
    (question,) = rows_of("select * from question where dataset = 'live'")
    assert question["text"] == "And 2 more?"
    assert plain.question_id == rich.question_id == question["question_id"]
    assert server.keys == {f"Bearer {KEY}"}


def test_a_model_that_fails_has_a_substitute(server: LocalOpenAI) -> None:
    server.faults["poet"].extend(["400"])
    server.faults["accountant"].extend(["400"])
    (answer,) = answered(asked("What is q3?", "quick"))
    assert states(answer)["tutti"] in {"answered", "stood in"}
    assert sorted(states(answer).values())[:2] == ["bad_request", "bad_request"]
    assert answer.models == ("tutti",)
    failed = rows_of("select asked_model from call where error_kind = 'bad_request'")
    assert {row["asked_model"] for row in failed} == {"poet", "accountant"}


def test_late_models_are_left_behind_and_still_paid(server: LocalOpenAI) -> None:
    answers(asked("What is q5?"))  # the first calls of a process take seconds, and a deadline counts them
    server.faults["poet"].append("slow")
    (answer,) = answered(asked("What is q3?", deadline=4.0))
    assert answer.text.endswith("Answer: 42")
    assert states(answer)["poet"] == "late"
    assert set(answer.models) == {"accountant", "tutti"}
    assert answer.notes == ("1 call(s) did not come back by the deadline, or were not made because of it",)
    late = rows_of(
        "select latency_s, cost_usd from call where asked_model = 'poet' and error_kind is null and latency_s > 4"
    )
    assert len(late) == 1
    assert late[0]["cost_usd"] > 0
    assert [made["n_call"] for made in rows_of("select n_call from collaboration")] == [3, 3]


def test_too_few_answers_are_one_clear_error(server: LocalOpenAI) -> None:
    answers(asked("What is q5?", "strict"))  # the first calls of a process take seconds, and a deadline counts them
    server.faults["poet"].append("timeout")
    server.faults["tutti"].append("401")
    late, failed = answers(asked("What is q3?", "strict", deadline=5.0), asked("What is q4?", "strict"))
    assert isinstance(late, Unanswered)
    assert late.late
    assert isinstance(failed, LiveAnswer)  # nothing fails any more: a model is given up for one question only
    assert "of the 3 models that are needed answered" in str(late)
    assert "poet: late" in str(late)
    assert "tutti: auth" in str(late)
    assert KEY not in str(late)
    assert all(KEY not in str(row) for row in rows_of("select error_message from call"))


def test_a_question_that_is_given_up_leaves_its_calls_on_the_ledger(server: LocalOpenAI) -> None:
    for model in MODELS:
        server.faults[model].append("timeout")

    async def run() -> Any:
        opened = session()
        answer = asyncio.create_task(_result(opened, asked("What is q3?")))
        while len(server.bodies) < 3:
            await asyncio.sleep(0.01)
        await opened.close("stopped")
        return await answer

    assert isinstance(asyncio.run(run()), Unanswered)
    calls = rows_of("select error_message, cost_usd from call")
    assert calls == [{"error_message": "given up while it was under way", "cost_usd": None}] * 3
    assert rows_of("select status, message from run where run_id <> 'made'") == [
        {"status": "failed", "message": "stopped"}
    ]


def test_the_budget_bounds_a_question(server: LocalOpenAI) -> None:
    # A reference may cost 2048 tokens at 2e-6 USD and its prompt; an aggregate is bound by 256 tokens.
    some, none = answers(asked("What is q3?", "choosing", cost=0.009), asked("What is q5?", "choosing", cost=0.001))
    assert isinstance(none, BudgetExceeded)
    assert isinstance(some, LiveAnswer)
    assert some.cost_usd is not None
    assert some.cost_usd < 0.009
    refused = "select question_id from question where dataset = 'live' and text = 'What is q5?'"
    assert rows_of(f"select * from call where question_id in ({refused})") == []


def test_a_reached_budget_gives_the_best_answer_so_far(server: LocalOpenAI, home: Path) -> None:
    path = home / "profiles" / "pools" / "small.yaml"
    path.write_text(path.read_text().replace("timeout: 20", "timeout: 20, max_tokens: 20"))
    (answer,) = answered(asked("What is q3?", "quick", cost=0.0004))
    assert {one.purpose for one in answer.candidates} == {"reference"}
    assert any("budget was reached" in note for note in answer.notes)


def test_a_question_of_the_bank_is_answered_like_any_other(server: LocalOpenAI) -> None:
    (answer,) = answered(asked("What is q3?"))
    assert answer.neighbours
    assert answer.neighbours[0].similarity > 0
    assert answer.question_id not in {one.question_id for one in answer.neighbours}


def test_every_preset_answers(server: LocalOpenAI) -> None:
    presets = (
        "smcs",
        "smcs-paper",
        "smcs-select",
        "moa",
        "moa-layers",
        "self-moa",
        "self-consistency",
        "consistent-references",
        "majority-7",
        "weighted-vote",
    )
    for answer in answered(*(asked("What is q3?", preset) for preset in presets)):
        assert answer.text.endswith("Answer: 42"), answer.preset
        assert answer.models, answer.preset


def test_what_cannot_work_is_said_before_anything_is_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_world(home, synthetic_pool())
    small, demo = load_run("small"), load_run("demo")
    with pytest.raises(UserError, match="concertino run demo"):
        Session(demo, load_pool("synthetic"), "ask")
    with pytest.raises(UserError, match="models that can be asked"):
        Session(small, load_pool("zeroeval-open"), "ask")
    pool = load_pool("small")
    other = pool.model_copy(update={"model_list": pool.model_list[:2], "aggregator": None})
    with pytest.raises(UserError, match="other models than its question bank"):
        Session(small, other, "ask")
    monkeypatch.delenv("NOBODY_SET_THIS", raising=False)
    pool.model_list[0].litellm_params["api_key"] = "os.environ/NOBODY_SET_THIS"
    with pytest.raises(UserError, match="NOBODY_SET_THIS"):
        Session(small, pool, "ask")
    assert rows_of("select * from run where run_id <> 'made'") == []


def test_simulated_models_are_named_as_such(home: Path) -> None:
    make_world(home, synthetic_pool())
    (answer,) = answered(asked("What is q7?", "choosing"))
    assert answer.notes == ("synthetic: simulated models wrote this",)
    assert answer.extracted == "town0"
    assert set(states(answer)) == set(MODELS)
    assert rows_of("select distinct synthetic from dataset where dataset = 'live'") == [{"synthetic": True}]

"""The client over HTTP, against a real server on this machine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from profiles.schema import Pool
from tasks.collect.cache import load_cache
from tasks.collect.record import Answer
from tests.asking import ask, requests, table
from tests.local_openai import LocalOpenAI
from warehouse.connect import read
from warehouse.errors import ProviderError, UserError
from warehouse.settings import settings

Pools = Callable[..., Pool]


def test_an_answer_its_response_and_its_call(http_pool: Pools, server: LocalOpenAI) -> None:
    (answer,) = ask(http_pool("m"), requests("m"))
    assert isinstance(answer, Answer)
    assert answer.text == "I read: question 0\nAnswer: 42"
    assert answer.finish_reason == "stop"
    assert answer.mean_logprob == pytest.approx(-0.25)
    assert (answer.prompt_tokens, answer.completion_tokens) == (2, 6)
    assert answer.cost_usd == pytest.approx(2 * 1e-6 + 6 * 2e-6)
    response, call = table("response").to_dicts(), table("call").to_dicts()
    assert len(response) == len(call) == 1
    assert response[0]["response_id"] == answer.response_id
    assert response[0]["request_key"] == call[0]["request_key"]
    assert (response[0]["source"], response[0]["token_source"], response[0]["cost_source"]) == (
        "live",
        "billed",
        "priced",
    )
    assert (call[0]["asked_model"], call[0]["served_model"], call[0]["attempt"]) == ("m", "m", 1)
    assert call[0]["error_kind"] is None
    assert call[0]["cost_usd"] == answer.cost_usd
    assert call[0]["latency_s"] > 0
    (body,) = server.bodies
    assert (body["temperature"], body["max_tokens"], body["logprobs"]) == (0.7, 2048, True)
    assert "stream" not in body or body["stream"] is False


def test_what_the_request_says_wins_over_the_pool(http_pool: Pools, server: LocalOpenAI) -> None:
    pool = http_pool("m", temperature=0.1, max_tokens=50, rpm=600)
    ask(pool, requests("m") + requests("m", temperature=0.9, max_tokens=60))
    assert sorted((body["temperature"], body["max_tokens"]) for body in server.bodies) == [(0.1, 50), (0.9, 60)]
    assert "rpm" not in server.bodies[0]


def test_a_pool_is_sent_as_it_is_and_stays_as_it_was(http_pool: Pools, server: LocalOpenAI) -> None:
    pool = http_pool("m", metadata={"team": "x"}, thinking={"type": "disabled"}, extra_body={"top_k": 5})
    for _ in range(2):
        ask(pool, requests("m"))
    (body,) = server.bodies  # LiteLLM writes into `metadata`, and with another key the answer would be paid again
    assert (body["thinking"], body["top_k"]) == ({"type": "disabled"}, 5)


def test_every_attempt_is_on_the_ledger(http_pool: Pools, server: LocalOpenAI) -> None:
    server.faults["m"].extend(["429", "500", "503", "html"])
    (answer,) = ask(http_pool("m"), requests("m"))
    assert isinstance(answer, Answer)
    calls = table("call")
    assert calls["attempt"].to_list() == [1, 2, 3, 4, 5]
    assert calls["error_kind"].to_list() == ["rate_limit", "server", "server", "garbage", None]
    assert calls["request_key"].n_unique() == 1
    assert calls["cost_usd"][:4].to_list() == [None] * 4
    assert table("response")["text"].to_list() == [answer.text]


def test_a_timeout_is_tried_again(http_pool: Pools, server: LocalOpenAI) -> None:
    server.faults["m"].append("timeout")
    (answer,) = ask(http_pool("m", timeout=4), requests("m"))
    assert isinstance(answer, Answer)
    assert table("call")["error_kind"].to_list() == ["timeout", None]


@pytest.mark.parametrize(("fault", "kind"), [("400", "bad_request"), ("401", "auth"), ("404", "not_found")])
def test_hopeless_errors_are_not_tried_again(http_pool: Pools, server: LocalOpenAI, fault: str, kind: str) -> None:
    server.faults["m"].append(fault)
    (error,) = ask(http_pool("m"), requests("m"))
    assert isinstance(error, ProviderError)
    assert (error.kind, error.retryable) == (kind, False)
    assert table("call")["error_kind"].to_list() == [kind]
    assert table("response").is_empty()


def test_a_refused_key_is_not_shown_to_the_server_again(http_pool: Pools, server: LocalOpenAI) -> None:
    server.faults["m"].extend(["401"] * 50)
    answers = ask(http_pool("m", "other"), requests("m", "other", n=50), concurrency=2)
    assert sum(body["model"] == "m" for body in server.bodies) <= 2
    assert sum(isinstance(answer, Answer) for answer in answers) == 50


def test_an_error_that_stays_is_given_up(http_pool: Pools, server: LocalOpenAI) -> None:
    server.faults["m"].extend(["html"] * 20)
    (error,) = ask(http_pool("m"), requests("m"))
    assert isinstance(error, ProviderError)
    assert error.kind == "garbage"
    assert table("call")["error_kind"].to_list() == ["garbage"] * 3
    assert table("response").is_empty()


def test_an_empty_answer_is_paid_once_and_asked_again_only_when_told_to(
    http_pool: Pools, ask_questions: Callable[..., pl.DataFrame], server: LocalOpenAI
) -> None:
    (key,) = ask_questions(1)["question_id"]
    wanted = [replace(requests("m")[0], question_id=key)]
    server.faults["m"].append("empty")
    for _ in range(2):
        (told,) = ask(http_pool("m"), wanted, cache=load_cache(["synthetic-*"]))
        assert isinstance(told, ProviderError)
        assert told.kind == "empty"
    assert len(server.bodies) == 1
    (call,) = table("call").to_dicts()
    assert (call["error_kind"], call["prompt_tokens"], call["cost_usd"]) == ("empty", 2, pytest.approx(2e-6))
    assert table("response")["text"].to_list() == [""]
    (answer,) = ask(http_pool("m"), wanted, cache=load_cache(["synthetic-*"], retry_empty=True))
    assert isinstance(answer, Answer)
    assert table("response")["text"].to_list() == [answer.text]


def test_a_dead_server_is_a_connection_error(http_pool: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.collect.errors._FIRST_WAIT_S", {"connection": 0.01})
    (error,) = ask(http_pool("m", api_base="http://127.0.0.1:9/v1"), requests("m"))
    assert isinstance(error, ProviderError)
    assert error.kind == "connection"
    assert table("call").height == 4


def test_keys_never_leave(http_pool: Pools, server: LocalOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PROVIDER_KEY", "weird!key!without!shape")
    server.faults["m"].extend(["400"])
    server.faults["n"].extend(["400"])
    pool = http_pool("m", api_key="os.environ/A_PROVIDER_KEY")
    errors = ask(pool, requests("m")) + ask(http_pool("n"), requests("n"))
    assert server.keys == {"Bearer weird!key!without!shape", "Bearer sk-local-0123456789abcdef"}
    assert all("you sent" in str(error) for error in errors)
    seen = "".join(map(str, errors)) + "".join(table("call")["error_message"].to_list())
    assert "weird!key" not in seen
    assert "sk-local" not in seen
    for path in settings().root.rglob("*"):
        if path.is_file():
            assert b"weird!key" not in path.read_bytes()


def test_a_missing_key_stops_before_anything_is_asked(http_pool: Pools, server: LocalOpenAI) -> None:
    pool = http_pool("m", "n")
    pool.model_list[1].litellm_params["api_key"] = "os.environ/NOT_SET_ANYWHERE"
    with pytest.raises(UserError, match="NOT_SET_ANYWHERE"):
        ask(pool, requests("m", "n"))
    assert server.bodies == []


def test_a_secret_block_is_given_not_looked_up(http_pool: Pools, server: LocalOpenAI) -> None:
    pool = http_pool("m", api_key="prefect-secret/mine")
    ask(pool, requests("m"), secrets={"mine": "sk-from-a-block"})
    assert server.keys == {"Bearer sk-from-a-block"}
    with pytest.raises(UserError, match="mine"):
        ask(pool, requests("m"))


def test_what_a_client_could_not_land_is_held_by_nobody_and_paid_once(
    http_pool: Pools, server: LocalOpenAI, home: Path
) -> None:
    blocked = home / "landing" / "response"
    blocked.parent.mkdir()
    blocked.write_text("no folder")
    with pytest.raises(FileExistsError):
        ask(http_pool("m"), requests("m"))
    blocked.unlink()
    (answer,) = ask(http_pool("m"), requests("m"))
    assert isinstance(answer, Answer)
    assert server.asked == {"m": 1}


def test_a_server_that_stays_dead_is_not_called_for_every_request(
    http_pool: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.collect.errors._FIRST_WAIT_S", {"connection": 0.01})
    monkeypatch.setattr("tasks.collect.progress._DOWN_S", 0.0)
    answers = ask(http_pool("m", api_base="http://127.0.0.1:9/v1"), requests("m", n=60), concurrency=4)
    assert {answer.kind for answer in answers if isinstance(answer, ProviderError)} == {"connection"}
    assert 20 <= table("call").height < 30
    assert read("select count(distinct request_key) from unasked").item() == 60

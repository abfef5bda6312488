"""The endpoint with the official OpenAI client, on simulated models."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from starlette.requests import Request

from tasks.serve.api import Api, Limits, keys_of, refuse_open
from tasks.serve.chat import Refused
from tests.live_world import KEY, MODELS, make_world, rows_of, served, synthetic_pool
from warehouse.errors import UserError

QUESTION = [{"role": "user", "content": "What is q7?"}]


@pytest.fixture(scope="module")
def running(module_home: Path) -> Iterator[tuple[Api, str]]:
    make_world(module_home, synthetic_pool())
    limits = Limits(max_cost_usd=1.0, deadline_s=60, requests=2, body_bytes=20_000)
    with served(limits, keys=("sk-other", KEY)) as it:
        yield it


@pytest.fixture
def client(running: tuple[Api, str]) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{running[1]}/v1", api_key=KEY, max_retries=0)


def ask(client: openai.OpenAI, **given: Any) -> Any:
    return client.chat.completions.create(**{"model": "concertino/quick", "messages": QUESTION, **given})


def test_an_answer_its_usage_its_headers_and_its_rows(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="concertino/quick", messages=QUESTION)
    answer, told = raw.parse(), raw.headers
    assert "Answer: town 0" in answer.choices[0].message.content
    assert (answer.choices[0].finish_reason, answer.model, answer.object) == (
        "stop",
        "concertino/quick",
        "chat.completion",
    )
    identity = told["x-concertino-collaboration"]
    (made,) = rows_of(f"select * from collaboration where collaboration_id = '{identity}'")
    calls = rows_of(f"select * from call where question_id = '{made['question_id']}'")
    assert len(calls) == int(told["x-concertino-calls"]) >= 3
    assert {call["run_id"] for call in calls} == {told["x-concertino-run"]} == {made["run_id"]}
    assert answer.usage.prompt_tokens == sum(call["prompt_tokens"] for call in calls)
    assert answer.usage.completion_tokens == sum(call["completion_tokens"] for call in calls)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.cost == pytest.approx(sum(call["cost_usd"] for call in calls))
    assert float(told["x-concertino-cost-usd"]) == pytest.approx(answer.usage.cost)
    assert float(told["x-concertino-probability"]) == pytest.approx(made["probability"], abs=1e-4)
    assert told["x-concertino-preset"] == made["preset"] == "quick"
    assert len(told["x-concertino-models"].split(",")) == 2
    assert set(told["x-concertino-models"].split(",")) < set(MODELS)
    candidates = rows_of(f"select * from candidate where collaboration_id = '{identity}'")
    assert len(candidates) == int(told["x-concertino-candidates"]) == len(calls)
    scored = rows_of("select distinct verdict, scorer from score where scorer = 'open'")
    assert scored == [{"verdict": "unjudged", "scorer": "open"}]
    (run,) = rows_of(f"select * from run where run_id = '{made['run_id']}'")
    assert (run["flow"], run["profile"], run["synthetic"]) == ("serve", "small", True)


def test_the_same_conversation_again_costs_nothing(client: openai.OpenAI) -> None:
    first = ask(client, messages=[{"role": "user", "content": "What is q9?"}])
    again = ask(client, messages=[{"role": "user", "content": "What is q9?"}])
    assert first.usage.total_tokens > 0
    assert (again.usage.total_tokens, again.usage.cost) == (0, 0)
    assert again.choices[0].message.content == first.choices[0].message.content


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    whole = ask(client).choices[0].message.content
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces) == whole
    assert len(pieces) > 3
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert not chunks[-1].choices
    assert all(chunk.usage is None for chunk in ask(client, stream=True))


def test_the_models_are_the_presets(client: openai.OpenAI) -> None:
    listed = {model.id for model in client.models.list()}
    assert {"concertino/smcs", "concertino/smcs-select", "concertino/quick"} <= listed
    assert client.models.retrieve("concertino/smcs").id == "concertino/smcs"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("concertino/nobody")


def test_wrong_keys_are_refused(running: tuple[Api, str]) -> None:
    for key in ("sk-wrong", KEY + "x", KEY[:-1]):
        with pytest.raises(openai.AuthenticationError) as refused:
            ask(openai.OpenAI(base_url=f"{running[1]}/v1", api_key=key, max_retries=0))
        assert key not in str(refused.value)
    assert httpx.get(f"{running[1]}/v1/models").status_code == 401
    assert httpx.get(f"{running[1]}/health").json() == {"status": "ok"}
    assert openai.OpenAI(base_url=f"{running[1]}/v1", api_key="sk-other").models.list().data


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]}, "tools is not supported"),
        ({"n": 2}, "n is not supported"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"logprobs": True}, "logprobs"),
        ({"extra_body": {"best_of": 3}}, "best_of is not supported"),
        ({"max_tokens": 0}, "max_tokens has to be a number"),
        ({"temperature": "hot"}, "temperature has to be a number"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "assistant", "content": "hello"}]}, "has to be the user's"),
        ({"messages": [{"role": "tool", "tool_call_id": "1", "content": "x"}, *QUESTION]}, "tools are not supported"),
        ({"messages": [{"role": "user", "content": "x"}] * 201}, "at most 200 messages"),
    ],
)
def test_what_is_not_supported_is_a_400(client: openai.OpenAI, given: dict[str, Any], words: str) -> None:
    with pytest.raises(openai.BadRequestError, match=words) as refused:
        ask(client, **given)
    assert refused.value.type == "invalid_request_error"


def test_images_are_refused_and_text_parts_are_read(client: openai.OpenAI) -> None:
    text = {"type": "text", "text": "What is q7?"}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(openai.BadRequestError, match="only text is supported, no image_url"):
        ask(client, messages=[{"role": "user", "content": [text, image]}])
    assert "town 0" in ask(client, messages=[{"role": "user", "content": [text]}]).choices[0].message.content


def test_unknown_models_are_a_404(client: openai.OpenAI) -> None:
    for model in ("concertino/nobody", "gpt-4o", "concertino/../../etc/passwd.yaml"):
        with pytest.raises(openai.NotFoundError, match="concertino/quick"):
            ask(client, model=model)


def test_bodies_are_limited_and_have_to_be_json(running: tuple[Api, str]) -> None:
    url, key = f"{running[1]}/v1/chat/completions", {"authorization": f"Bearer {KEY}"}
    long = {"model": "concertino/quick", "messages": [{"role": "user", "content": "x" * 30_000}]}
    refused = httpx.post(url, json=long, headers=key)
    assert (refused.status_code, refused.json()["error"]["type"]) == (413, "invalid_request_error")
    as_text = {**key, "content-type": "text/plain"}
    assert httpx.post(url, content="{}", headers=as_text).status_code == 415
    assert httpx.post(url, content="{", headers={**key, "content-type": "application/json"}).status_code == 400
    assert httpx.get(url, headers=key).status_code == 405
    assert httpx.get(f"{running[1]}/nothing").json()["error"]["message"] == "Not Found"


def test_a_budget_that_allows_nothing_is_a_402(running: tuple[Api, str], monkeypatch: pytest.MonkeyPatch) -> None:
    api, url = running
    monkeypatch.setattr(api, "_limits", Limits(max_cost_usd=0.0))
    client = openai.OpenAI(base_url=f"{url}/v1", api_key=KEY)
    with pytest.raises(openai.APIStatusError) as refused:
        ask(client, messages=[{"role": "user", "content": "never asked before"}])
    assert (refused.value.status_code, refused.value.code) == (402, "budget_exceeded")


def test_too_many_at_once_are_told_to_come_back(running: tuple[Api, str]) -> None:
    def one(number: int) -> httpx.Response:
        body = {"model": "concertino/quick", "messages": [{"role": "user", "content": f"question {number} of many"}]}
        return httpx.post(f"{running[1]}/v1/chat/completions", json=body, headers=headers, timeout=60)

    headers = {"authorization": f"Bearer {KEY}"}
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(one, range(12)))
    codes = {answer.status_code for answer in found}
    assert codes == {200, 429}
    assert all(answer.headers["retry-after"] == "1" for answer in found if answer.status_code == 429)


def test_nobody_is_answered_while_it_shuts_down(running: tuple[Api, str], client: openai.OpenAI) -> None:
    api, url = running
    api.closing = True
    try:
        assert httpx.get(f"{url}/ready").json() == {"status": "shutting down"}
        with pytest.raises(openai.InternalServerError, match="shutting down"):
            ask(client)
    finally:
        api.closing = False
    assert httpx.get(f"{url}/ready").status_code == 200


def test_without_keys_only_this_machine_is_served() -> None:
    assert keys_of(" a, ,b ") == ("a", "b")
    assert keys_of(None) == ()
    refuse_open("127.0.0.1", ())
    refuse_open("0.0.0.0", ("key",))
    with pytest.raises(UserError, match="CONCERTINO_API_KEY"):
        refuse_open("0.0.0.0", ())


def test_without_keys_another_host_name_is_refused(running: tuple[Api, str], monkeypatch: pytest.MonkeyPatch) -> None:
    api, url = running
    monkeypatch.setattr(api, "_keys", ())
    assert httpx.get(f"{url}/v1/models").status_code == 200
    assert httpx.get(f"{url}/v1/models", headers={"host": "evil.example"}).status_code == 403


def test_without_keys_a_host_that_is_no_name_is_refused() -> None:
    api = Api(lambda: pytest.fail("not asked"), Limits(), (), failed=lambda: None)
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"[")], "query_string": b""})
    with pytest.raises(Refused) as caught:
        api._check(request)
    assert caught.value.status == 403

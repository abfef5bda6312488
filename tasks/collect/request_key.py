"""The identity of a request: what decides the answer, and nothing that is secret or only about its transport."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from profiles.prices import redirected
from profiles.schema import PoolModel
from tasks.collect.cost import LENGTHS
from tasks.collect.providers import answerable_live
from tasks.collect.record import Keyed, Request
from warehouse.identity import hash_json

TEMPERATURE = 0.7
MAX_TOKENS = 2048

# Ours or the Router's: never sent.
_NOT_SENT = {
    "rpm",
    "tpm",
    "max_parallel_requests",
    "timeout",
    "stream_timeout",
    "stream",
    "num_retries",
    "max_retries",
    "weight",
    "order",
    "tags",
    "simulation",
}
_PRICE = re.compile(r"cost_per_|_cost$|_cost_above_|_token_cost")
# Sent, but about the way there: changing these must not make an answer be paid again.
_TRANSPORT = {"model", "api_base", "base_url", "organization", "extra_headers", "headers", "drop_params"}
_SECRET = re.compile(r"key|secret|password|credential|authorization|_token$", re.IGNORECASE)


def request_key(
    litellm_params: Mapping[str, Any], messages: Sequence[Mapping[str, str]], sample_index: int, refresh: int = 0
) -> str:
    """SHA-256 of the canonical request, 64 hex digits.

    Args:
        litellm_params: the pool's parameters with the request's own (temperature, max_tokens, logprobs) merged in.
        messages: what is sent.
        sample_index: which of several answers to the same request.
        refresh: how often it was asked anew.
    """
    return hash_json(
        {
            "model": litellm_params["model"],
            "api_base": litellm_params.get("api_base") or litellm_params.get("base_url"),
            "messages": [dict(message) for message in messages],
            "parameters": {name: value for name, value in litellm_params.items() if _decides(name)},
            "sample_index": sample_index,
        }
        | ({"refresh": refresh} if refresh else {})
    )


def keyed(model: PoolModel, request: Request) -> Keyed:
    """A request to a model of the pool with its identity."""
    own = model.litellm_params
    base = own.get("api_base") or own.get("base_url") or redirected(model)
    parameters = {**own, **asked_parameters(model, request), "api_base": base}
    key = request_key(parameters, request.messages, request.sample_index, request.refresh)
    return Keyed(request, key, "live" if answerable_live(model) else "replay")


def asked_parameters(model: PoolModel, request: Request) -> dict[str, Any]:
    """What decides the answer beside the messages: the request's own, else the pool's, else our defaults."""
    own = model.litellm_params
    temperature = own.get("temperature", TEMPERATURE) if request.temperature is None else request.temperature
    names = [name for name in LENGTHS if own.get(name)] or LENGTHS[:1]  # as the pool calls it: some refuse the other
    asked = {"temperature": temperature} | {name: request.max_tokens or own.get(name) or MAX_TOKENS for name in names}
    return asked | ({"logprobs": True} if model.model_info.logprobs else {})


def sent_parameters(litellm_params: Mapping[str, Any]) -> dict[str, Any]:
    """What of the pool's parameters goes to LiteLLM with every call."""
    return {name: value for name, value in litellm_params.items() if name not in _NOT_SENT and not _PRICE.search(name)}


def _decides(name: str) -> bool:
    """Whether a parameter can change the answer; a simulated model's skills do."""
    told = name in _NOT_SENT or name in _TRANSPORT or _SECRET.search(name) or _PRICE.search(name)
    return name == "simulation" or not told

"""The identity of a request: what decides the answer, and nothing that is secret or only about transport."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from warehouse.identity import hash_json

# How a request travels, not what it asks: changing these must not make an answer be paid again.
_TRANSPORT = {
    "model", "base_url", "timeout", "stream_timeout", "rpm", "tpm", "max_parallel_requests", "max_retries",
    "num_retries", "organization", "extra_headers", "headers", "drop_params", "weight", "order", "tags",
    "input_cost_per_token", "output_cost_per_token",
}  # fmt: skip
_SECRET = re.compile(r"key|secret|password|credential|authorization|_token$", re.IGNORECASE)


def request_key(
    litellm_params: Mapping[str, Any], messages: Sequence[Mapping[str, str]], sample_index: int, *, logprobs: bool
) -> str:
    """SHA-256 of the canonical request, 64 hex digits.

    Args:
        litellm_params: the pool's parameters with the request's own (temperature, max_tokens) merged in.
        messages: what is sent.
        sample_index: which of several answers to the same request.
        logprobs: whether token log-probabilities are asked for: without them the answer is another one.
    """
    return hash_json(
        {
            "model": litellm_params["model"],
            "api_base": litellm_params.get("api_base") or litellm_params.get("base_url"),
            "messages": [dict(message) for message in messages],
            "parameters": _deciding(litellm_params),
            "sample_index": sample_index,
            "logprobs": logprobs,
        }
    )


def _deciding(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in parameters.items()
        if name not in _TRANSPORT and name != "api_base" and not _SECRET.search(name)
    }

"""What a provider's reply says, however oddly: a text, an error, or neither; nothing here raises."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from profiles.amounts import NO_LOGPROB
from tasks.collect.errors import told_error
from warehouse.errors import ProviderError

# Finish reasons of an answer that was broken off: by a lost network, a full machine, or somebody.
_BROKEN_OFF = {
    *("error", "engine_error", "network_error", "insufficient_system_resource", "timeout"),
    *("abort", "aborted", "cancelled", "canceled", "load", "unload"),
}
_THOUGHT = re.compile(r"reason|think|thought", re.IGNORECASE)  # in the type of a content's part


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply in our words.

    Args:
        text: the answer; empty when it holds none.
        thought: what the model shows of its thinking.
        finish_reason: the provider's word.
        mean_logprob: of the tokens that have one.
        usage: the provider's counts and costs as they came.
        served: the model that answered.
        provider_id: of the reply.
        failure: why it is no answer although it may have been billed.
        note: what was mended in it; None for a sound one.
    """

    text: str
    thought: str
    finish_reason: str | None
    mean_logprob: float | None
    usage: Mapping[str, Any]
    served: str | None
    provider_id: str | None
    failure: ProviderError | None
    note: str | None


def read_reply(raw: Mapping[str, Any], secrets: Sequence[str] = ()) -> Reply:
    """A reply in OpenAI's layout.

    Args:
        raw: the JSON object; every part may be missing or of another kind than it should be.
        secrets: values that must not appear in a failure's message.
    """
    choices = raw.get("choices")
    choice = _mapping(choices[0]) if isinstance(choices, list) and choices else {}
    message = _mapping(choice.get("message") or choice.get("delta"))
    if not message and isinstance(choice.get("text"), str):  # of the API for completions
        message = {"content": choice["text"]}
    extra = _mapping(choice.get("provider_specific_fields"))
    parts = given if isinstance(given := message.get("content"), list) else [given]
    shown = [part for part in parts if _is_thought(part)]
    said = _text([part for part in parts if part not in shown])
    refused = message.get("refusal") or _mapping(message.get("provider_specific_fields")).get("refusal")
    text = legible(said or _text(refused))
    thought = legible(_text(message.get("reasoning_content") or message.get("reasoning") or shown))
    finish = extra.get("native_finish_reason") or choice.get("finish_reason")
    error = raw.get("error") or choice.get("error") or extra.get("error")
    if isinstance(error, Mapping) and not any(error.values()):  # {"code": 0, "message": ""} says that all is well
        error = None
    if not message:
        error = error or _gateway_error(raw)
    failure = None
    if error or str(finish).lower() in _BROKEN_OFF:
        failure = told_error(error or f"the provider broke its answer off ({finish})", secrets)
    elif not message:
        failure = ProviderError("garbage", "the reply holds no answer", retryable=True)
    return Reply(
        text=text,
        thought=thought,
        finish_reason=_word(choice.get("finish_reason")),
        mean_logprob=_mean_logprob(choice.get("logprobs")),
        usage=_mapping(raw.get("usage")),
        served=_word(raw.get("model")),
        provider_id=_word(raw.get("id")),
        failure=failure,
        note="half characters (lone surrogates) were replaced" if text != (said or _text(refused)) else None,
    )


def heard_reply(heard: Sequence[Any]) -> dict[str, Any] | None:
    """The last reply that came over the wire, where LiteLLM could not read it; None when it is no such JSON object."""
    try:
        raw = json.loads(heard[-1])  # orjson refuses lone surrogates
    except (IndexError, TypeError, ValueError):
        return None
    return raw if isinstance(raw, dict) and raw.keys() & {"choices", "usage", "error"} else None


def legible(text: str) -> str:
    """A text that can be stored: halves of a character are put together, lone ones replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _gateway_error(raw: Mapping[str, Any]) -> Any:
    """The error of a reply without an answer, as gateways of their own layout tell it; None when it tells none."""
    if isinstance(raw.get("errors"), list) and raw["errors"]:
        return raw["errors"][0]
    told = {**raw, **_mapping(raw.get("base_resp"))}
    said = next(
        (told[name] for name in ("error_msg", "status_msg", "message", "msg", "detail") if told.get(name)), None
    )
    code = next((told[name] for name in ("error_code", "status_code", "code") if told.get(name)), None)
    return None if said is None else {"code": code, "message": said}


def _text(content: Any) -> str:
    """What is to be read in a content: a text, or the texts of its parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(map(_text, content))
    if isinstance(content, Mapping):
        return _text(content.get("text") or content.get("value") or content.get("refusal") or content.get("thinking"))
    return "" if content is None or isinstance(content, bool) else str(content)


def _is_thought(part: Any) -> bool:
    """Whether a part of a content is what the model thinks, not what it says."""
    told = _mapping(part)
    alone = "thinking" in told and not told.get("text")
    return told.get("thought") is True or alone or _THOUGHT.search(str(told.get("type"))) is not None


def _mean_logprob(logprobs: Any) -> float | None:
    told = _mapping(logprobs)
    tokens = told.get("content")
    values = [_mapping(token).get("logprob") for token in tokens] if isinstance(tokens, list) else []
    if not values and isinstance(told.get("token_logprobs"), list):
        values = told["token_logprobs"]
    known = [
        min(float(value), 0.0)
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool) and NO_LOGPROB < value < 1e-3
    ]
    return math.fsum(known) / len(known) if known else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _word(value: Any) -> str | None:
    return legible(value)[:200] if isinstance(value, str) and value else None

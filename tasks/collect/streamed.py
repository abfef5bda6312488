"""A reply as a stream of events, which nobody asked for: it was billed like any other, so it is put together."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from tasks.collect.errors import chain

_RECEIVED = re.compile(
    r"Received: ('.*'|\".*\")\. Check the", re.DOTALL
)  # LiteLLM's words about a reply that is no JSON


def streamed_reply(error: BaseException) -> dict[str, Any] | None:
    """The reply that LiteLLM could not read, in OpenAI's layout; None when it was no stream."""
    lines = [line for line in _sent(error).splitlines() if line and not line.startswith((":", "event:", "id:"))]
    if lines and not any(line.startswith("data:") for line in lines):  # comments that keep the connection open
        lines = ["data:" + " ".join(lines)]
    told = [line.removeprefix("data:").strip() for line in lines]
    events = [event for event in map(_loaded, told) if isinstance(event, dict)]
    return _together(events, ended="[DONE]" in told) if events else None


def _sent(error: BaseException) -> str:
    for cause in chain(error):
        if isinstance(cause, json.JSONDecodeError):
            return cause.doc
        if (received := _RECEIVED.search(str(cause))) is not None:
            with suppress(
                ValueError, SyntaxError, MemoryError, RecursionError
            ):  # somebody else's words in the same form
                return str(ast.literal_eval(received[1]))
    return ""


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _together(events: Sequence[Mapping[str, Any]], *, ended: bool) -> dict[str, Any]:
    held = [event["choices"] for event in events if isinstance(event.get("choices"), list)]
    choices = [choice for some in held for choice in some if isinstance(choice, dict) and not choice.get("index")]
    parts = [part for choice in choices if isinstance(part := choice.get("delta"), dict)]
    whole: dict[str, Any] = {name: value for event in events for name, value in event.items() if value}
    if not parts:
        return whole
    said, thought = ("".join(str(part.get(name) or "") for part in parts) for name in ("content", "reasoning_content"))
    finish = next((choice["finish_reason"] for choice in choices if choice.get("finish_reason")), None)
    if not finish and not ended:  # cut off: no answer
        return whole | {"choices": []}
    return whole | {"choices": [{"message": {"content": said, "reasoning_content": thought}, "finish_reason": finish}]}

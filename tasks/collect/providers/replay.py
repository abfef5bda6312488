"""Recorded models: the answer they once gave, out of the warehouse, or a clear error."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from warehouse.connect import rows
from warehouse.errors import ProviderError
from warehouse.identity import content_hash
from warehouse.settings import settings

_reading = Lock()


async def answer(model: str, messages: Sequence[Mapping[str, str]], asked: Mapping[str, Any]) -> Any:
    """What the provider `replay/` gives LiteLLM: the recorded answer to the question in the last user message.

    The response's id is the recorded response's; tokens and finish reason are the recorded ones.

    Args:
        model: the name after the slash, as it was recorded.
        messages: role and content each.
        asked: parameters; `datasets` (globs, all by default) limits where is looked.

    Raises:
        ProviderError: kind `not_recorded`.
    """
    from litellm import ModelResponse

    datasets = tuple(asked.get("datasets") or ("*",))
    recorded = await asyncio.to_thread(_once, str(settings().warehouse), model, datasets)
    question = next((m["content"] for m in reversed(messages) if m["role"] == "user"), "")
    row = recorded.get(content_hash(question))
    if row is None:
        raise ProviderError("not_recorded", f"{model} has no recorded answer to this question", retryable=False)
    choice = {
        "index": 0,
        "finish_reason": row["finish_reason"] or "stop",
        "message": {"role": "assistant", "content": row["answer"]},
        "logprobs": _logprobs(row["mean_logprob"]),
    }
    into, out = row["prompt_tokens"] or 0, row["completion_tokens"] or 0
    usage = {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}
    return ModelResponse(id=row["response_id"], model=model, choices=[choice], usage=usage)


def _logprobs(mean: float | None) -> dict[str, Any] | None:
    if mean is None:
        return None
    return {"content": [{"token": "", "logprob": mean, "bytes": None, "top_logprobs": []}]}


def _once(warehouse: str, model: str, datasets: tuple[str, ...]) -> Mapping[str, dict[str, Any]]:
    with _reading:  # or the first requests would all read
        return _recorded(warehouse, model, datasets)


@cache
def _recorded(warehouse: str, model: str, datasets: tuple[str, ...]) -> Mapping[str, dict[str, Any]]:
    """Content hash of a question's text and prompt → the recorded answer."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows("recorded_answer", model=model, datasets=list(datasets)).iter_rows(named=True):
        for words in (row["text"], row["prompt"]):
            if words:
                found[content_hash(words)] = row
    return found

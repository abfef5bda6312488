"""Recorded models: the answer they once gave, out of the warehouse, or a clear error."""

import asyncio
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any

from litellm import CustomLLM, ModelResponse

from warehouse.connect import rows
from warehouse.errors import ProviderError
from warehouse.identity import content_hash
from warehouse.settings import settings

_reading = Lock()


class Replay(CustomLLM):
    """The provider `replay/`, as LiteLLM calls it."""

    async def acompletion(self, model: str, messages: list[dict[str, str]], **given: Any) -> ModelResponse:
        """The recorded answer of a model to the question in the last user message.

        `litellm_params.datasets` of the pool (globs) limits where it is looked for. The response's id is the recorded
        response's; tokens and finish reason are the recorded ones.

        Raises:
            ProviderError: kind `not_recorded`.
        """
        datasets = tuple(given["optional_params"].get("datasets") or ("*",))
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

"""One call through LiteLLM, and what came back in our words."""

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from profiles.schema import PoolModel
from tasks.collect.cost import Price, Usage, cost_of, usage_of
from tasks.collect.providers import registered

_VERSION = re.compile(r"^[-@:](\d{4}-?\d{2}-?\d{2}|\d{3,4}|latest|v\d+)$")


@dataclass(frozen=True, slots=True)
class Completion:
    """What a provider gave: an answer, or an empty text that was billed all the same."""

    text: str
    finish_reason: str | None
    mean_logprob: float | None
    usage: Usage
    cost_usd: float | None
    cost_source: str | None
    served: str | None
    provider_id: str | None


async def complete(
    parameters: Mapping[str, Any], messages: Sequence[Mapping[str, str]], price: Price | None, timeout_s: float
) -> Completion:
    """Ask once; LiteLLM's own retries are off, each attempt is ours.

    Args:
        parameters: LiteLLM's, keys included.
        messages: what is sent.
        price: of the model; None when unknown.
        timeout_s: seconds for the whole answer.

    Raises:
        Exception: whatever LiteLLM or the provider raises; `tasks.collect.errors.classify` reads it.
    """
    litellm = registered()
    async with asyncio.timeout(timeout_s):
        response = await litellm.acompletion(
            **{"drop_params": True, **parameters},
            messages=[dict(message) for message in messages],
            timeout=timeout_s,
            stream=False,
            num_retries=0,
            max_retries=0,
        )
    choice = response.choices[0]
    text = choice.message.content or ""
    raw = getattr(response, "usage", None)
    usage = usage_of(raw, messages, text)
    cost_usd, cost_source = cost_of(usage, raw, price)
    return Completion(
        text, choice.finish_reason, _mean_logprob(choice), usage, cost_usd, cost_source, response.model, response.id
    )


async def close_connections() -> None:
    """Close what LiteLLM holds open, if anything was asked."""
    if "litellm" in sys.modules:
        await registered().close_litellm_async_clients()


def _mean_logprob(choice: Any) -> float | None:
    tokens = getattr(getattr(choice, "logprobs", None), "content", None) or []
    values = [token.logprob for token in tokens if token.logprob is not None]
    return sum(values) / len(values) if values else None


def served_model(model: PoolModel, served: str | None) -> str | None:
    """The pool's name of the model when the provider served what was asked, else the provider's word for it.

    A dated or numbered version of the asked name (`gpt-4o-mini-2024-07-18`) counts as what was asked.
    """
    if not served:
        return None
    asked = str(model.litellm_params["model"]).rsplit("/", 1)[-1].lower()
    given = served.rsplit("/", 1)[-1].lower()
    same = given == asked or (given.startswith(asked) and _VERSION.match(given.removeprefix(asked)) is not None)
    return model.model_name if same else served

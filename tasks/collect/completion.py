"""One call through LiteLLM, and what came back in our words."""

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from profiles.prices import product_of
from profiles.schema import PoolModel
from tasks.collect.cost import Usage, usage_of
from tasks.collect.providers import registered
from tasks.collect.reply import Reply, heard_reply, read_reply
from tasks.collect.streamed import streamed_reply

_VERSION = re.compile(
    r"^[-@:](?:\d{4}-?\d{2}-?\d{2}|\d{2}-\d{4}|\d{3,4}|(?:preview|exp)-\d{2}-\d{2}(?:-\d{4})?|latest|v\d+)"
    r"(?:-v\d+(?::\d+)?)?$"
    r"|^(?:[-.](?:i?q\d\w*|b?f(?:16|32)))?\.gguf$"  # the file of a local server
)
# What an asked name has beyond the served one's: the newest version, or whom OpenRouter is to ask.
_ANY = re.compile(r"[-:]latest$|:(?:free|nitro|floor|online|exacto)$")
# Parameters that LiteLLM knows and OpenAI's client does not: a compatible server gets them in the body.
_OTHER_APIS = {"thinking", "context_management"}


@dataclass(frozen=True, slots=True)
class Completion:
    """What a provider gave: an answer, an empty text or a broken reply, billed all the same; and what it cost."""

    reply: Reply
    usage: Usage
    cost_usd: float | None = None
    cost_source: str | None = None


async def complete(
    parameters: Mapping[str, Any], messages: Sequence[Mapping[str, str]], timeout_s: float, secrets: Sequence[str] = ()
) -> Completion:
    """Ask once; LiteLLM's own retries are off, each attempt is ours. What it costs is for the caller to say.

    Args:
        parameters: LiteLLM's, keys included.
        messages: what is sent.
        timeout_s: seconds for the whole answer.
        secrets: values that must not appear in a failure's message.

    Raises:
        Exception: whatever LiteLLM or the provider raises where there is no reply that may have been billed;
            `tasks.collect.errors.classify` reads it.
    """
    litellm = registered()
    heard: list[Any] = []
    try:
        async with asyncio.timeout(timeout_s):
            response = await litellm.acompletion(
                **{"drop_params": True, **deepcopy(dict(parameters))},  # it writes into `metadata`
                messages=[dict(message) for message in messages],
                timeout=timeout_s,
                stream=False,
                num_retries=0,
                max_retries=0,
                logger_fn=lambda details: heard.append(details.get("original_response")),
            )
        raw = response.model_dump(warnings=False)
    except Exception as error:
        # A reply that LiteLLM cannot read was billed like any other.
        if (raw := heard_reply(heard) or streamed_reply(error)) is None:
            raise
    reply = read_reply(raw, secrets)
    if reply.failure is not None and not reply.usage:
        raise reply.failure
    return Completion(reply, usage_of(reply.usage, messages, reply.thought + reply.text))


async def close_connections() -> None:
    """Close what LiteLLM holds open, if anything was asked."""
    if "litellm" in sys.modules:
        await registered().close_litellm_async_clients()


def passed_through(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What keeps LiteLLM from dropping what a pool asks for: parameters that it does not know of a compatible server's
    model. Our own defaults are dropped where a model has no use for them.

    The client of such a server is loaded here: it would load itself within the first call, whose latency is measured.
    """
    litellm = registered()
    from litellm.constants import DEFAULT_CHAT_COMPLETION_PARAM_VALUES

    try:
        name, provider, *_ = litellm.get_llm_provider(parameters["model"], api_base=parameters.get("api_base"))
    except Exception:  # one of ours, or a wrong one: asking will tell
        return {}
    if provider not in {"openai", *litellm.openai_compatible_providers} or "drop_params" in parameters:
        return {}
    import openai.resources  # noqa: F401

    known = litellm.get_supported_openai_params(name, provider) or []
    own = parameters.keys() & DEFAULT_CHAT_COMPLETION_PARAM_VALUES.keys() - {*known, "model", "messages"}
    others = {name: parameters[name] for name in own & _OTHER_APIS}
    body = {"extra_body": {**others, **(parameters.get("extra_body") or {})}} if others else {}
    return {"allowed_openai_params": sorted(own - others.keys()), **body}


def served_model(model: PoolModel, served: str | None) -> str | None:
    """The pool's name of the model when the provider served what was asked, else the provider's word for it.

    A dated or numbered version of the asked name (`gpt-4o-mini-2024-07-18`) counts as what was asked, and so does what
    stands behind `-latest`, or a route of OpenRouter's (`:free`).
    """
    if not served:
        return None
    given = served.rsplit("/", 1)[-1].lower()
    named = [name.rsplit("/", 1)[-1].lower() for name in (str(model.litellm_params["model"]), product_of(model))]
    asked = [*named, *(_ANY.sub("", name) for name in named)]
    same = any(given.startswith(one) and _VERSION.match(given.removeprefix(one)) is not None for one in asked)
    return model.model_name if given in asked or same else served

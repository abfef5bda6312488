"""Tokens and dollars of a call: billed where the provider says so, else priced, else estimated, and marked as such."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from profiles.amounts import MOST_USD
from profiles.prices import Price

LENGTHS = ("max_tokens", "max_completion_tokens")  # the names under which a length is asked for

_BYTES_PER_TOKEN = 4  # of English text with today's tokenizers
_TOKENS_PER_MESSAGE = 4
_BOUND = 2.0  # numbers and most scripts other than Latin take up to twice as many tokens
_MOST_TOKENS = 10**9  # more in one call is no count


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call; `billed` by the provider or `estimated` from the texts.

    Cache and reasoning tokens are part of the prompt's and of the completion's; None when the provider tells nothing.
    """

    prompt_tokens: int
    completion_tokens: int
    source: Literal["billed", "estimated"]
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


def estimated_tokens(text: str) -> int:
    """Tokens of a text, from its length."""
    return -(-len(text.encode()) // _BYTES_PER_TOKEN)


def prompt_tokens(messages: Sequence[Mapping[str, str]]) -> int:
    """Estimated tokens of what is sent."""
    return sum(estimated_tokens(message["content"]) + _TOKENS_PER_MESSAGE for message in messages)


def most_tokens(sent: Mapping[str, Any]) -> int:
    """The most tokens that a call with these parameters can write, under whichever names they are asked for."""
    given = [part.get(name) for part in (sent, sent.get("extra_body") or {}) for name in LENGTHS]
    return max(int(most) for most in given if most) * int(sent.get("n") or 1)


def bound_usd(price: Price | None, messages: Sequence[Mapping[str, str]], most: int) -> float:
    """The most a call can cost: twice the estimated prompt, and every token it may write; 0 without a price."""
    if price is None:
        return 0.0
    tokens = _BOUND * prompt_tokens(messages)
    price = price.at(tokens)
    into = max(price.input_usd, price.cache_write_usd or 0.0)
    out = max(price.output_usd, price.reasoning_usd or 0.0)
    return tokens * into + most * out


def usage_of(told: Mapping[str, Any], messages: Sequence[Mapping[str, str]], written: str) -> Usage:
    """The provider's token counts; what is missing, or is no count, is estimated.

    Args:
        told: the provider's usage.
        messages: what was sent.
        written: the answer and, where it is shown, what was thought before it.
    """
    into, out, total = (_count(told.get(name)) for name in ("prompt_tokens", "completion_tokens", "total_tokens"))
    aside = ("cache_read_input_tokens", "cache_creation_input_tokens")
    if not into and not out:  # the names of other APIs, which count what is cached on its own
        into, out = (_count(told.get(name)) for name in ("input_tokens", "output_tokens"))
        into = into if into is None else into + sum(_count(told.get(name)) or 0 for name in aside)
    thought = _count(_detail(told, "completion_tokens_details", "reasoning_tokens"))
    billed = bool(into) and out is not None and not (out == 0 and written)
    if not into:
        into = total - out if total and out and total > out else prompt_tokens(messages)
    if not out:
        out = total - into if total and total > into else estimated_tokens(written)
    elif total is not None and total > into + out:  # some bill their thoughts outside the completion
        thought = max(thought or 0, total - into - out)
        out = total - into
    if thought is not None and thought > out:
        out += thought
        billed = False
    read = _count(_detail(told, "prompt_tokens_details", "cached_tokens"))
    for name in ("cache_read_input_tokens", "cached_tokens"):
        read = _count(told.get(name)) if read is None else read
    write = _count(_detail(told, "prompt_tokens_details", "cache_creation_tokens"))
    write = _count(told.get("cache_creation_input_tokens")) if write is None else write
    read = None if read is None else min(read, into)
    write = None if write is None else min(write, into - (read or 0))
    return Usage(into, out, "billed" if billed else "estimated", read, write, thought)


def cost_of(usage: Usage, told: Mapping[str, Any], price: Price | None) -> tuple[float | None, str | None]:
    """US dollars of a call and where the number comes from; both None when unknown.

    Args:
        usage: its tokens.
        told: the provider's usage, whose `cost` (OpenRouter and others) is what was billed; with a key of one's own
            (`is_byok`) that is only a fee, and the upstream cost comes on top.
        price: of the model.
    """
    given = told.get("cost")
    billed = _money(given.get("total_cost") if isinstance(given, Mapping) else given)
    upstream = _money(_detail(told, "cost_details", "upstream_inference_cost"))
    if told.get("is_byok") is True or (billed == 0 and upstream):
        billed = None if upstream is None else upstream + (billed or 0.0)
    if billed is not None:
        return billed, "billed"
    if price is None:
        return None, None
    return priced_usd(usage, price), "priced" if usage.source == "billed" else "estimated"


def priced_usd(usage: Usage, price: Price) -> float:
    """Tokens times price; what the list does not tell apart costs as much as any other token."""
    price = price.at(usage.prompt_tokens)
    read, write, thought = (
        tokens or 0 for tokens in (usage.cache_read_tokens, usage.cache_write_tokens, usage.reasoning_tokens)
    )
    return (
        (usage.prompt_tokens - read - write) * price.input_usd
        + read * (price.input_usd if price.cache_read_usd is None else price.cache_read_usd)
        + write * (price.input_usd if price.cache_write_usd is None else price.cache_write_usd)
        + (usage.completion_tokens - thought) * price.output_usd
        + thought * (price.output_usd if price.reasoning_usd is None else price.reasoning_usd)
    )


def _detail(told: Mapping[str, Any], part: str, name: str) -> Any:
    details = told.get(part)
    return details.get(name) if isinstance(details, Mapping) else None


def _count(told: Any) -> int | None:
    """A number of tokens, also when it was written as a text; None for what can be none."""
    number = _number(told)
    return int(number) if number is not None and number <= _MOST_TOKENS and number == int(number) else None


def _money(told: Any) -> float | None:
    """An amount of money; None for what can be none."""
    amount = None if isinstance(told, str) else _number(told)
    return amount if amount is not None and amount <= MOST_USD else None


def _number(told: Any) -> float | None:
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    try:
        number = float(told)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None

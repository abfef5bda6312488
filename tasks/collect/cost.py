"""Tokens and dollars of a call: billed where the provider says so, else priced, else estimated, and marked as such."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from profiles.load import load_prices
from profiles.schema import Pool, PoolModel, PriceBook
from tasks.collect.price_map import mapped
from warehouse.writer import now

_BYTES_PER_TOKEN = 4  # of English text with today's tokenizers
_TOKENS_PER_MESSAGE = 4
_BOUND = 2.0  # numbers and most scripts other than Latin take up to twice as many tokens
_OWN_PROVIDERS = {"synthetic", "replay"}


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per token, where the price comes from and as of when."""

    input_usd: float
    output_usd: float
    source: str
    date: date


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call; `billed` by the provider or `estimated` from the texts."""

    prompt_tokens: int
    completion_tokens: int
    source: Literal["billed", "estimated"]


def price_of(model: PoolModel, book: PriceBook, today: date) -> Price | None:
    """The price of a model: the pool's own, else the price book's, else LiteLLM's map; None when nobody knows."""
    for own in (model.model_info.model_dump(), model.litellm_params):
        if (price := _per_token(own, "pool", today)) is not None:
            return price
    asked = str(model.litellm_params["model"])
    for name in (model.model_name, asked, asked.split("/", 1)[-1]):
        if listed := book.models.get(name):
            return Price(listed.input_usd_per_mtok / 1e6, listed.output_usd_per_mtok / 1e6, listed.source, book.date)
    if model.provider in _OWN_PROVIDERS:
        return None
    return _per_token(mapped(asked), "litellm", today)


def prices_of(pool: Pool) -> dict[str, Price | None]:
    """Model → price of today, for all of a pool."""
    book, today = load_prices(), now().date()
    return {model.model_name: price_of(model, book, today) for model in pool.model_list}


def _per_token(prices: Mapping[str, Any], source: str, day: date) -> Price | None:
    into, out = prices.get("input_cost_per_token"), prices.get("output_cost_per_token")
    return None if into is None or out is None else Price(float(into), float(out), source, day)


def context_tokens(pool: Pool) -> dict[str, int]:
    """Context windows of a pool's models: the pool's own, else LiteLLM's map; models that nobody knows are left out."""
    found = {m.model_name: m.model_info.context_tokens or _mapped_window(m) for m in pool.model_list}
    return {model: window for model, window in found.items() if window}


def _mapped_window(model: PoolModel) -> int | None:
    if model.provider in _OWN_PROVIDERS:
        return None
    window = mapped(str(model.litellm_params["model"])).get("max_input_tokens")
    return int(window) if window else None


def estimated_tokens(text: str) -> int:
    """Tokens of a text, from its length."""
    return -(-len(text.encode()) // _BYTES_PER_TOKEN)


def prompt_tokens(messages: Sequence[Mapping[str, str]]) -> int:
    """Estimated tokens of what is sent."""
    return sum(estimated_tokens(message["content"]) + _TOKENS_PER_MESSAGE for message in messages)


def bound_usd(price: Price | None, messages: Sequence[Mapping[str, str]], max_tokens: int) -> float:
    """The most a call can cost: twice the estimated prompt, and every token it may write; 0 without a price."""
    if price is None:
        return 0.0
    return _BOUND * prompt_tokens(messages) * price.input_usd + max_tokens * price.output_usd


def usage_of(usage: Any, messages: Sequence[Mapping[str, str]], text: str) -> Usage:
    """The provider's token counts; LiteLLM writes zeros where it gave none, and then they are estimated."""
    billed = (getattr(usage, "prompt_tokens", None) or 0, getattr(usage, "completion_tokens", None) or 0)
    if sum(billed):
        return Usage(*billed, "billed")
    return Usage(prompt_tokens(messages), estimated_tokens(text), "estimated")


def cost_of(usage: Usage, raw: Any, price: Price | None) -> tuple[float | None, str | None]:
    """US dollars of a call and where the number comes from; both None when unknown.

    Args:
        usage: its tokens.
        raw: the provider's usage, whose `cost` (OpenRouter and others) is what was billed.
        price: of the model.
    """
    billed = getattr(raw, "cost", None)
    if isinstance(billed, int | float) and not isinstance(billed, bool):
        return float(billed), "billed"
    if price is None:
        return None, None
    cost = usage.prompt_tokens * price.input_usd + usage.completion_tokens * price.output_usd
    return cost, "priced" if usage.source == "billed" else "estimated"


def price_rows(prices: Mapping[str, Price | None]) -> pl.DataFrame:
    """Rows of table `price` for the models whose price is known."""
    table = [
        {
            "model": model, "input_usd_per_mtok": price.input_usd * 1e6, "output_usd_per_mtok": price.output_usd * 1e6,
            "price_date": price.date, "source": price.source,
        }
        for model, price in prices.items()
        if price is not None
    ]  # fmt: skip
    return pl.DataFrame(table)

"""What a model costs: the one place that knows whose price counts."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from ipaddress import ip_address
from socket import inet_aton
from typing import Any
from urllib.parse import urlsplit

from profiles.litellm_files import listed_models
from profiles.load import load_prices
from profiles.price_book import PriceBook
from profiles.providers import OURS
from profiles.schema import Pool, PoolModel
from warehouse.connect import rows
from warehouse.writer import now

_LOCAL_PROVIDERS = {"hosted_vllm", "vllm", "ollama", "ollama_chat", "lm_studio", "llamafile", "docker_model_runner"}
_LOCAL_SUFFIXES = (".local", ".localhost", ".lan", ".internal", ".home.arpa")
_ABOVE = re.compile(r"(\w+)_above_(\d+)k_tokens")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per token, where the price comes from and as of when.

    What the provider's list does not tell apart costs as much as any other token: None. `above` has the prices of
    longer prompts, by the number of tokens that they have more than, ascending.
    """

    input_usd: float
    output_usd: float
    source: str
    date: date
    cache_read_usd: float | None = None
    cache_write_usd: float | None = None
    reasoning_usd: float | None = None
    above: tuple[tuple[int, "Price"], ...] = ()

    def at(self, prompt_tokens: float) -> "Price":
        """The price of a call with so many prompt tokens: all its tokens cost what its tier says."""
        return next((price for limit, price in reversed(self.above) if prompt_tokens > limit), self)


def price_of(model: PoolModel, book: PriceBook, today: date) -> Price | None:
    """The price of a model: the pool's own, else the price book's, else LiteLLM's map; None when nobody knows.

    A server of one's own that serves a model of a listed name does not cost what the hosted product costs.
    """
    told = {name: value for name, value in model.model_info.model_dump().items() if value is not None}
    if (price := _per_token({**model.litellm_params, **told}, "pool", today)) is not None:
        return price
    if model.provider in OURS:
        return _listed((model.model_name,), book)
    if is_local(model):
        return None
    asked = product_of(model)
    return _listed((model.model_name, asked, asked.split("/", 1)[-1]), book) or _mapped(_names(model, asked), today)


def product_of(model: PoolModel) -> str:
    """What is asked, as price lists call it: `litellm_params.model`, or what a deployment of that name serves."""
    return model.model_info.base_model or str(model.litellm_params["model"])


def list_prices(pool: Pool) -> dict[str, tuple[float, float]]:
    """What answers cost whose cost was not recorded: USD per million prompt and completion tokens, by model.

    The price is what a call would cost, see `price_of`, else what came with the data; that is no price for a model on
    a server of one's own. Models that nobody knows a price of are left out; 0 is a price.
    """
    book, today = load_prices(), now().date()
    listed = {model: prices for model, *prices in rows("price_newest", pool=pool.name).iter_rows()}
    found: dict[str, tuple[float, float]] = {}
    for model in pool.model_list:
        price = price_of(model, book, today)
        if price is not None:
            found[model.model_name] = _per_million(price.input_usd), _per_million(price.output_usd)
        elif model.model_name in listed and not is_local(model):
            found[model.model_name] = listed[model.model_name][0], listed[model.model_name][1]
    return found


def served_price(served: str, model: PoolModel, pool: Pool, book: PriceBook, today: date) -> Price | None:
    """The price of the model that a provider says it served instead of the asked one; None when nobody knows.

    Args:
        served: the provider's word for it.
        model: the asked one; the served one is of the same provider.
        pool: its own prices win, for a model of this name.
        book: then the dated price book, then LiteLLM's map.
        today: the date of prices that have none.
    """
    for other in pool.model_list:
        if served in (other.model_name, str(other.litellm_params["model"]).split("/", 1)[-1]):
            return price_of(other, book, today)
    if is_local(model) or model.provider in OURS:
        return None
    return _listed((served, served.split("/", 1)[-1]), book) or _mapped(_names(model, served), today)


def context_tokens(pool: Pool) -> dict[str, int]:
    """Context windows of a pool's models: the pool's own, else LiteLLM's map; models that nobody knows are left out."""
    found = {m.model_name: m.model_info.context_tokens or _mapped_window(m) for m in pool.model_list}
    return {model: window for model, window in found.items() if window}


def is_local(model: PoolModel) -> bool:
    """Whether a model runs on a server of one's own: by its provider, or by an address that is not public."""
    provider = _sent_to(model)
    if provider in _LOCAL_PROVIDERS:
        return True
    base = model.litellm_params.get("api_base") or model.litellm_params.get("base_url")
    if isinstance(base, str) and base.startswith("os.environ/"):
        base = os.environ.get(base.removeprefix("os.environ/"))
    base = str(base or redirected(model) or "")
    return base != "" and _is_private(urlsplit(base if "//" in base else f"//{base}").hostname or "")


def redirected(model: PoolModel) -> str | None:
    """Where LiteLLM sends calls of a model that has no address in its pool, if the environment says so."""
    named = _sent_to(model).upper()
    return os.environ.get(f"{named}_BASE_URL") or os.environ.get(f"{named}_API_BASE") or None


def _sent_to(model: PoolModel) -> str:
    """The provider that is stated, or that LiteLLM finds by a name without one."""
    stated = model.litellm_params.get("custom_llm_provider")
    return str(stated or listed_models().get(model.provider, {}).get("litellm_provider") or model.provider)


def _is_private(host: str) -> bool:
    host = host.rstrip(".")
    with suppress(ValueError):
        return not ip_address(host.partition("%")[0]).is_global
    with suppress(OSError):
        return not ip_address(inet_aton(host)).is_global  # 127.1
    return "." not in host or host.endswith(_LOCAL_SUFFIXES)


def _per_million(usd: float) -> float:
    return round(usd * 1e6, 9)  # 0.15 stays 0.15


def _names(model: PoolModel, name: str) -> tuple[str, ...]:
    return f"{model.provider}/{name}", name, name.split("/", 1)[-1]


def _listed(names: tuple[str, ...], book: PriceBook) -> Price | None:
    for name in names:
        if listed := book.models.get(name):
            per_token = {
                f"{part}_usd": None if usd is None else usd / 1e6
                for part in ("input", "output", "cache_read", "cache_write", "reasoning")
                for usd in (getattr(listed, f"{part}_usd_per_mtok"),)
            }
            return Price(source=listed.source, date=book.date, **per_token)  # type: ignore[arg-type]
    return None


def _mapped(names: tuple[str, ...], today: date) -> Price | None:
    return _per_token(next((known for name in names if (known := listed_models().get(name))), {}), "litellm", today)


def _mapped_window(model: PoolModel) -> int | None:
    if model.provider in OURS:
        return None
    asked = product_of(model)
    known = listed_models().get(asked) or listed_models().get(asked.split("/", 1)[-1]) or {}
    window = known.get("max_input_tokens")
    return int(window) if window else None


def _per_token(prices: Mapping[str, Any], source: str, day: date) -> Price | None:
    base, *longer = _tiers(prices)
    price = _flat(base[1], source, day)
    if price is None or not longer:
        return price
    dearer = ((limit, _flat(tier, source, day)) for limit, tier in longer)
    return replace(price, above=tuple((limit, tier) for limit, tier in dearer if tier is not None))


def _tiers(prices: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """LiteLLM's prices by the prompt tokens above which they hold, written as a list or as names of their own."""
    if prices.get("input_cost_per_token") is None and (listed := prices.get("tiered_pricing")):
        return sorted((int(tier["range"][0]), tier) for tier in listed if "range" in tier) or [(0, {})]
    found: dict[int, dict[str, Any]] = {}
    for name, value in prices.items():
        if (match := _ABOVE.fullmatch(name)) is not None and value is not None:
            found.setdefault(1000 * int(match[2]), {})[match[1]] = value
    tiers: list[tuple[int, Mapping[str, Any]]] = [(0, prices)]
    for limit in sorted(found):
        tiers.append((limit, {**tiers[-1][1], **found[limit]}))
    return tiers


def _flat(prices: Mapping[str, Any], source: str, day: date) -> Price | None:
    into, out, read, write, thought = (
        None if prices.get(name) is None else float(prices[name])
        for name in (
            "input_cost_per_token",
            "output_cost_per_token",
            "cache_read_input_token_cost",
            "cache_creation_input_token_cost",
            "output_cost_per_reasoning_token",
        )
    )
    return None if into is None or out is None else Price(into, out, source, day, read, write, thought)

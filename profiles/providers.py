"""Which providers LiteLLM knows, read from its files: importing it takes seconds."""

import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import orjson

from profiles.schema import Pool, PoolModel

_OWN = ("synthetic", "replay", "concertino")
_MEMBER = re.compile(r'^    [A-Z0-9_]+ = "([^"]+)"', re.MULTILINE)


def first_unknown(pool: Pool) -> int | None:
    """Position of the first model that nobody can send anywhere; None when there is none.

    The part before the slash of `litellm_params.model` is no provider of LiteLLM's or ours, or there is none and
    nothing says whose model it is.
    """
    return next((at for at, model in enumerate(pool.model_list) if not _can_be_sent(model)), None)


def unknown_limit(pool: Pool) -> str | None:
    """The first of a pool's `provider_limits` that is for no provider; None when there is none."""
    limits = (pool.model_extra or {}).get("provider_limits") or {}
    there = {model.provider for model in pool.model_list} | _known() | _registered()
    return next((str(name) for name in limits if name not in there), None)


def _can_be_sent(model: PoolModel) -> bool:
    asked, stated = str(model.litellm_params["model"]), model.litellm_params.get("custom_llm_provider")
    if stated or "/" in asked:
        return (stated or model.provider) in _known() | _registered()
    return asked.startswith("ft:") or asked in _named_alone()


@cache
def _named_alone() -> frozenset[str]:
    """Models whose provider LiteLLM finds by their name."""
    return frozenset(orjson.loads((_folder() / "model_prices_and_context_window_backup.json").read_bytes()))


@cache
def _known() -> frozenset[str]:
    listed = (_folder() / "types" / "utils.py").read_text().partition("class LlmProviders(")[2].partition("\nclass ")[0]
    configured = orjson.loads((_folder() / "llms" / "openai_like" / "providers.json").read_bytes())
    return frozenset({*_OWN, *_MEMBER.findall(listed), *configured})


def _folder() -> Path:
    found = find_spec("litellm")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(next(iter(found.submodule_search_locations)))


def _registered() -> set[str]:
    """Providers that this process registered."""
    litellm = sys.modules.get("litellm")
    return {entry["provider"] for entry in litellm.custom_provider_map} if litellm else set()

"""What LiteLLM's own files say of models and providers: importing LiteLLM for it takes seconds."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

_MEMBER = re.compile(r'^    [A-Z0-9_]+ = "([^"]+)"', re.MULTILINE)


@cache
def listed_models() -> dict[str, dict[str, Any]]:
    """Model → what LiteLLM's map says of it: prices, context window, ..."""
    read = (_folder() / "model_prices_and_context_window_backup.json").read_bytes()
    found: dict[str, dict[str, Any]] = orjson.loads(read)
    return found


@cache
def listed_providers() -> frozenset[str]:
    """Names of the providers that LiteLLM knows."""
    types = (_folder() / "types" / "utils.py").read_text(encoding="utf-8")
    named = types.partition("class LlmProviders(")[2].partition("\nclass ")[0]
    configured = orjson.loads((_folder() / "llms" / "openai_like" / "providers.json").read_bytes())
    return frozenset({*_MEMBER.findall(named), *configured})


def _folder() -> Path:
    found = find_spec("litellm")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent

"""LiteLLM's map of prices and windows, read from its package: importing LiteLLM takes seconds."""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

_FILE = "model_prices_and_context_window_backup.json"


def mapped(name: str) -> Mapping[str, Any]:
    """What LiteLLM knows of a model, by its name with or without the provider; empty when nothing."""
    known = _map()
    return known.get(name) or known.get(name.split("/", 1)[-1]) or {}


@cache
def _map() -> dict[str, dict[str, Any]]:
    package = find_spec("litellm")
    assert package is not None
    assert package.origin is not None
    found: dict[str, dict[str, Any]] = orjson.loads(Path(package.origin).with_name(_FILE).read_bytes())
    return found

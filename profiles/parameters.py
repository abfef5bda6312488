"""Parameters of a pool's models that cannot be sent, told before anything is asked."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from profiles.amounts import refuse_odd_amounts

_OURS = ("messages", "client", "logger_fn")
_MAPPINGS = ("extra_body", "extra_headers", "headers")
_ADDRESSES = ("api_base", "base_url")
# A slip in one of these changes whom a call goes to, what it may cost or what comes back, and nobody would notice.
_DECISIVE = (
    *_ADDRESSES,
    "api_key",
    "api_version",
    "custom_llm_provider",
    "max_completion_tokens",
    "max_parallel_requests",
    "max_tokens",
    "rpm",
    "temperature",
    "timeout",
    "tpm",
)
_NEAR = 0.85  # of two spellings' letters are alike: LiteLLM and providers have names of their own, such as min_tokens
_THEIRS = ("apikey", "itpm", "otpm")
_REFERENCES = ("os.environ/", "prefect-secret/")


def refuse_odd_parameters(values: Any) -> Any:
    """LiteLLM's parameters as they are, when they can be sent; what they hold is not told, it may be a key.

    Raises:
        ValueError: an amount that means nothing, an address that is none, a body or headers that are no mapping, or
            what a call itself says.
    """
    refuse_odd_amounts(values)
    for name, value in values.items() if isinstance(values, Mapping) else ():
        if name in _OURS:
            raise ValueError(f"{name} is for Concertino to say; leave it out")
        if name in _MAPPINGS and not isinstance(value, Mapping | None):
            raise ValueError(f"{name} has to be like {{name: value}}")
        if name in _ADDRESSES and value and not _is_address(value):
            raise ValueError(f"{name} has to be like http://127.0.0.1:8000/v1, or os.environ/NAME")
        if name not in _DECISIVE + _THEIRS and (near := get_close_matches(str(name).lower(), _DECISIVE, 1, _NEAR)):
            raise ValueError(f"nobody reads '{name}'; did you mean '{near[0]}'?")
        if isinstance(value, str) and (meant := _misspelt_reference(value)):
            raise ValueError(f"{name} looks like a slip in {meant}NAME")
    return values


def _misspelt_reference(value: str) -> str:
    start = value.split("/", 1)[0] + "/"
    near = get_close_matches(start, _REFERENCES, 1, _NEAR) if "/" in value and start not in _REFERENCES else []
    return near[0] if near else ""


def _is_address(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if value.startswith("os.environ/"):
        return True
    try:
        there = urlsplit(value)
        return there.scheme in {"http", "https"} and bool(there.hostname) and there.port != 0
    except ValueError:  # an odd port or bracket
        return False

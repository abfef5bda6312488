"""Amounts: limits and prices of a pool's YAML are numbers that mean something."""

import math
from collections.abc import Mapping
from typing import Any

_WHOLE = frozenset(
    {
        "max_parallel_requests",
        "concurrency",
        "context_tokens",
        "max_tokens",
        "max_completion_tokens",
        "max_input_tokens",
        "max_output_tokens",
        "n",
    }
)
_ABOVE_ZERO = _WHOLE | {"rpm", "tpm", "timeout", "stream_timeout", "request_timeout"}
MOST_USD = 1000.0  # more for one call is no bill
NO_LOGPROB = -100.0  # servers write -9999, -1e9 or -inf where they have none
_DEAREST_TOKEN_USD = 0.01  # sixteen times what the dearest model of today asks
_FROM_ZERO = frozenset({"temperature", "top_p", "max_retries", "num_retries"})


def refuse_odd_amounts(values: Any) -> Any:
    """The values as they are, when every limit, time and price among them is a number with a meaning.

    Raises:
        ValueError: one is no number, not finite, negative, 0 where 0 would mean no limit at all, or the
            price of a token that is one of a million tokens.
    """
    for name, value in values.items() if isinstance(values, Mapping) else ():
        price = "_cost" in str(name) and not isinstance(value, Mapping | list)
        if value is None or not (price or name in _ABOVE_ZERO or name in _FROM_ZERO):
            continue
        number = _number(value)
        if name in _ABOVE_ZERO:
            kind = "a whole number" if name in _WHOLE else "a number"
            if not number > 0 or (name in _WHOLE and number != int(number)):
                raise ValueError(f"{name} has to be {kind} above 0, not {value!r}; leave it out for no limit")
        elif not number >= 0:
            raise ValueError(f"{name} has to be a number from 0 up, not {value!r}; leave it out where it is not known")
        elif price and "token" in name and number > _DEAREST_TOKEN_USD:
            raise ValueError(
                f"{name} has to be a number of US dollars for one token, not {value!r}; "
                f"{number:g} for a million tokens is {number:g}e-6"
            )
    return values


def _number(value: Any) -> float:
    """A finite number; NaN for anything else."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan

"""Values of foreign files as ours: text, numbers, or null; never a stand-in."""

import json
import math
from typing import Any

import orjson
import polars as pl


def text_of(value: Any) -> str | None:
    """A JSON value as text: strings as they are, lists and objects as JSON, null as null.

    Lone surrogates, which JSON allows and UTF-8 does not, become question marks.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        try:
            value = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()
        except TypeError:  # lone surrogates and integers beyond 64 bits, which Python's own writer takes
            value = json.dumps(value, default=str, ensure_ascii=False)
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def number_of(value: Any) -> float | None:
    """A JSON value as a number; NaN for what is there but is none; null for null."""
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def quantity_of(value: Any) -> float | None:
    """A JSON value as an amount (tokens, dollars, seconds): null unless it is a number of at least 0."""
    number = number_of(value)
    return number if number is not None and number >= 0 and math.isfinite(number) else None


def count_of(value: Any) -> int | None:
    """A JSON value as a count: null unless it is a number of at least 0."""
    amount = quantity_of(value)
    return None if amount is None else int(amount)


def numbers(column: pl.Expr) -> pl.Expr:
    """`number_of` for a column of text or numbers."""
    number = column.cast(pl.Float64, strict=False)
    return pl.when(column.is_not_null() & number.is_null()).then(pl.lit(math.nan)).otherwise(number)


def finite(column: pl.Expr) -> pl.Expr:
    """A column of text or numbers as numbers; null unless finite."""
    number = column.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def quantities(column: pl.Expr) -> pl.Expr:
    """`quantity_of` for a column of text or numbers."""
    number = column.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite() & (number >= 0)).then(number)

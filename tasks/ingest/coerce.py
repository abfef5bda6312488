"""Values of foreign files as ours: text, numbers, or null; never a stand-in."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson
import polars as pl

from profiles.amounts import NO_LOGPROB

_WORDS = {"true": "1", "false": "0"}  # as Parquet's booleans become 1 and 0


def text_of(value: Any) -> str | None:
    """A JSON value as text: strings as they are, lists and objects as JSON, null as null.

    Lone surrogates, which JSON allows and UTF-8 does not, become question marks. Null for NaN and infinities, and for
    what is nested beyond writing.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if not isinstance(value, str):
        try:
            value = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()
        except TypeError:  # lone surrogates and integers beyond 64 bits, which Python's own writer takes
            value = _written(value)
    return value if value is None or value.isascii() else value.encode("utf-8", "replace").decode()


def _written(value: Any) -> str | None:
    try:
        text = json.dumps(value, default=str, ensure_ascii=False)
        return text if "NaN" not in text and "Infinity" not in text else json.dumps(_finite(value), ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        return None


def _finite(value: Any) -> Any:
    """Without NaN and infinities, which are no JSON."""
    if isinstance(value, Mapping):
        return {str(key): _finite(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(held) for held in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def texts(values: Sequence[Any]) -> pl.Series:
    """`text_of` of every value; at once where all are text, or all whole numbers."""
    if set(map(type, values)) <= {int, type(None)}:
        with suppress(OverflowError, TypeError):  # beyond 64 bits
            return pl.Series(values, dtype=pl.Int64).cast(pl.String)
    return _series(values, {str}, text_of, pl.String)


def amounts(values: Sequence[Any], most: float = math.inf) -> pl.Series:
    """`quantity_of` of every value; at once where all are numbers."""
    given = pl.first()
    meant = given.is_finite() & (given >= 0) & (given <= most)
    numbers = _series(values, {int, float}, quantity_of, pl.Float64)
    return numbers.to_frame().select(pl.when(meant).then(given)).to_series()


def measures(values: Sequence[Any]) -> pl.Series:
    """`number_of` of every value; at once where all are numbers."""
    return _series(values, {int, float}, number_of, pl.Float64)


def _series(values: Sequence[Any], plain: set[type], one: Callable[[Any], Any], dtype: Any) -> pl.Series:
    if set(map(type, values)) <= plain | {type(None)}:
        with suppress(OverflowError, UnicodeError):
            return pl.Series(values, dtype=dtype)
    return pl.Series([one(value) for value in values], dtype=dtype)


def object_of(text: str | None) -> dict[str, Any]:
    """A JSON object from its text; empty for none. NaN and infinities, which Python writes, are null in it.

    Raises:
        ValueError: it is not JSON, or no object.
    """
    value = _loaded(text) if text and text.strip() else None
    if value is not None and not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value or {}


def _loaded(text: str) -> Any:
    text = text.strip("\ufeff \t\r\n")
    try:
        return orjson.loads(text)
    except ValueError:  # also of what Python takes: NaN, infinities and lone surrogates
        try:
            return orjson.loads(text_of(json.loads(text)) or "")
        except RecursionError:
            raise ValueError("nested too deeply") from None


def number_of(value: Any) -> float | None:
    """A JSON value as a number, true and false as 1 and 0; NaN for what is there but is none; null for null."""
    if value is None:
        return None
    try:
        return float(_WORDS.get(value.strip().lower(), value) if isinstance(value, str) else value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        return math.nan


def number_text(value: Any) -> str | None:
    """`text_of`, but NaN and infinities stay what they are: there, and no number."""
    return str(value) if isinstance(value, float) else text_of(value)


def quantity_of(value: Any, most: float = math.inf) -> float | None:
    """A JSON value as an amount (tokens, dollars, seconds): null unless it is a number from 0 to `most`, which true and
    "true" are not."""
    word = isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in _WORDS)
    number = None if word else number_of(value)
    return number if number is not None and 0 <= number <= most and math.isfinite(number) else None


def keys(column: pl.Expr) -> pl.Expr:
    """A column of identifiers as text: 1, "1", 1.0 and " 1 " are one."""
    return column.cast(pl.String).str.strip_chars().str.replace(r"^(-?\d+)\.0$", "${1}")


def numbers(column: pl.Expr) -> pl.Expr:
    """`number_of` for a column of text or numbers; blank text is null."""
    text = column.cast(pl.String).str.strip_chars().str.to_lowercase().replace(_WORDS)
    number = text.cast(pl.Float64, strict=False)
    return pl.when((text != "") & number.is_null()).then(pl.lit(math.nan)).otherwise(number)


def mean_logprobs(column: pl.Expr) -> pl.Expr:
    """A column of mean log-probabilities: null where they are positive, or what servers write for none (-9999)."""
    number = numbers(column)
    return pl.when((number > NO_LOGPROB) & (number < 1e-3)).then(pl.min_horizontal(number, pl.lit(0.0)))


def quantities(column: pl.Expr, most: float = math.inf) -> pl.Expr:
    """`quantity_of` for a column of text or numbers."""
    number, word = numbers(column), column.cast(pl.String).str.strip_chars().str.to_lowercase().is_in(list(_WORDS))
    return pl.when(~word & number.is_finite() & (number >= 0) & (number <= most)).then(number)

"""What a splitter is, and where splitters register: one file each in `splits/`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from profiles.registry import SPLITTERS, Registry
from warehouse.errors import UserError, fault_of
from warehouse.identity import hash_parts

if TYPE_CHECKING:
    import polars as pl

_DIGITS = 13  # 52 bits: what a float64 holds exactly
EXCLUDED = "excluded"  # neither learned from nor tested


class SplitOptions(BaseModel):
    """Options every splitter knows; a splitter adds its own in a subclass."""

    model_config = ConfigDict(extra="forbid")

    validation_share: float = Field(0.0, ge=0, lt=1, description="of the train part's contents, taken out of it")


_Options = TypeVar("_Options", bound=SplitOptions)
Split = Callable[["pl.DataFrame", int, Any], np.ndarray]


@dataclass(frozen=True, slots=True)
class Splitter:
    """How questions are divided.

    Args:
        split: (questions, seed, options) → (Q,) train, validation, test or excluded. Questions are rows of
            `warehouse/reads/split_question.sql` in their order; the function draws from the seed alone.
        options: what a run profile's `split_options` may say.
        label: names the options in a split's id, where a question's part depends on that question alone, so that
            nothing moves when questions are added; None: a split is of its questions, and its id has their hash.
    """

    split: Split
    options: type[SplitOptions]
    label: Callable[[Any], str] | None = None


splitters: Registry[Splitter] = Registry("splitter", SPLITTERS)


def splitter(
    name: str, *, options: type[_Options], label: Callable[[_Options], str] | None = None
) -> Callable[[Split], Split]:
    """Decorator that registers a splitting function; see `Splitter`."""

    def add(split: Split) -> Split:
        splitters.register(name)(Splitter(split, options, label))
        return split

    return add


def parse_options(name: str, given: Mapping[str, Any]) -> SplitOptions:
    """A splitter's options as its own type.

    Raises:
        UserError: there is no such splitter, it knows no such option, or a value is wrong; the message lists what is.
    """
    known = splitters.get(name).options
    try:
        return known.model_validate(dict(given))
    except ValidationError as error:
        where, wrong = fault_of(error)
        said = f"has no '{where}'" if error.errors()[0]["type"] == "extra_forbidden" else f"and '{where}': {wrong}"
        raise UserError(f"splitter '{name}' {said}; its options are: {', '.join(known.model_fields)}") from error


def places(purpose: str, seed: int, contents: Iterable[str]) -> np.ndarray:
    """(Q,) a number in [0, 1) per content, uniform and independent over contents, seeds and purposes."""
    drawn = [int(hash_parts(purpose, seed, content)[:_DIGITS], 16) for content in contents]
    return np.array(drawn, dtype=float) / 16.0**_DIGITS


def with_validation(parts: np.ndarray, contents: Iterable[str], seed: int, share: float) -> np.ndarray:
    """The parts, with a share of the train part's contents as validation part."""
    return np.where((parts == "train") & (places("validation", seed, contents) < share), "validation", parts)

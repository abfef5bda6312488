"""What a generator gives, and the small things all generators use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

_T = TypeVar("_T")

NAMES = (
    "Ada",
    "Bo",
    "Cleo",
    "Dov",
    "Edda",
    "Finn",
    "Gita",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Lars",
    "Mina",
    "Nils",
    "Olga",
    "Pavel",
    "Rosa",
    "Sven",
    "Tara",
    "Uma",
    "Vito",
    "Wanda",
    "Yara",
    "Zeno",
)
ORDINALS = ("", "first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Draft:
    """A generated question.

    Args:
        topic: the part of its kind's field it belongs to; models can be good at one topic and bad at another.
        text: the question itself, without instructions on the answer's format.
        truth: the right answer as its scorer reads it: for programs and texts, one that passes.
        metadata: what its scorer needs beyond the truth.
    """

    topic: str
    text: str
    truth: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


Generate = Callable[[np.random.Generator], Draft]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of generated questions.

    Args:
        scorer: name in the scorer registry.
        topics: topic → generator; each topic is drawn equally often.
        answer_format: how the answer must be given, as the scorer reads it.
        category: what it is about, as in `profiles/datasets/`.
        task: `code` where answers are programs.
    """

    scorer: str
    topics: Mapping[str, Generate]
    answer_format: str
    category: str
    task: str = "general"


def pick(rng: np.random.Generator, things: Sequence[_T]) -> _T:
    """One of them."""
    return things[int(rng.integers(len(things)))]


def several(rng: np.random.Generator, things: Sequence[_T], n: int) -> list[_T]:
    """n different ones, in random order."""
    return [things[int(i)] for i in rng.permutation(len(things))[:n]]


def between(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return int(rng.integers(low, high + 1))

"""Multiple choice over invented facts: everything needed stands in the question."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from tasks.ingest.synthetic.draft import Draft, Kind, between, pick, several

_LETTERS = "ABCDEF"
_SYLLABLES = (
    "ar",
    "bel",
    "cor",
    "dun",
    "el",
    "fer",
    "gal",
    "hol",
    "is",
    "ker",
    "lum",
    "mor",
    "nel",
    "or",
    "pel",
    "ros",
)


class _Field(NamedTuple):
    """A field of invented facts: `{name}` and `{value}` in the fact, what is highest and lowest in it."""

    topic: str
    intro: str
    fact: str
    question: str
    high: str
    low: str
    values: tuple[int, int]


_FIELDS = (
    _Field(
        "astronomy",
        "A far star has these planets.",
        "{name} circles it in {value} days.",
        "Which planet has the {rank} year?",
        "longest",
        "shortest",
        (40, 4000),
    ),
    _Field(
        "geography",
        "An atlas of an invented country lists its towns.",
        "{name} has {value} inhabitants.",
        "Which town has the {rank} population?",
        "largest",
        "smallest",
        (900, 90_000),
    ),
    _Field(
        "history",
        "A chronicle tells when castles were built.",
        "{name} was built in the year {value}.",
        "Which castle is the {rank}?",
        "youngest",
        "oldest",
        (900, 1800),
    ),
    _Field(
        "chemistry",
        "A laboratory measured new alloys.",
        "{name} melts at {value} degrees.",
        "Which alloy has the {rank} melting point?",
        "highest",
        "lowest",
        (150, 3000),
    ),
    _Field(
        "sport",
        "A league table after the last day.",
        "{name} has {value} points.",
        "Which team has the {rank} number of points?",
        "highest",
        "lowest",
        (3, 99),
    ),
    _Field(
        "commerce",
        "A price list of a spice trader.",
        "{name} costs {value} coins a pound.",
        "Which spice has the {rank} price?",
        "highest",
        "lowest",
        (5, 500),
    ),
)
_ORDINALS = ("", "second ", "third ")


def _invented(rng: np.random.Generator, n: int) -> list[str]:
    names: list[str] = []
    while len(names) < n:
        name = "".join(several(rng, _SYLLABLES, 2)).capitalize()
        if name not in names:
            names.append(name)
    return names


def _facts(rng: np.random.Generator, field: _Field) -> dict[str, int]:
    names = _invented(rng, between(rng, 4, 6))
    values = several(rng, range(field.values[0], field.values[1] + 1), len(names))
    return dict(zip(names, values, strict=True))


def _ranked(rng: np.random.Generator, field: _Field) -> Draft:
    """Which of them comes first, second or third from either end?"""
    facts = _facts(rng, field)
    place, highest = between(rng, 0, 2), bool(rng.integers(2))
    order = sorted(facts, key=lambda name: facts[name], reverse=highest)
    rank = f"{_ORDINALS[place]}{field.high if highest else field.low}"
    return _draft(rng, field, facts, field.question.format(rank=rank), list(facts), order[place])


def _compared(rng: np.random.Generator, field: _Field) -> Draft:
    """How many are above a given one? The options are numbers."""
    facts = _facts(rng, field)
    name = pick(rng, list(facts))
    above = sum(value > facts[name] for value in facts.values())
    question = f"For how many of the others is the number higher than for {name}?"
    options = [str(number) for number in range(len(facts))]
    return _draft(rng, field, facts, question, options, str(above))


def _draft(
    rng: np.random.Generator, field: _Field, facts: dict[str, int], question: str, options: Sequence[str], right: str
) -> Draft:
    shuffled = several(rng, options, len(options))
    stated = "\n".join(field.fact.format(name=name, value=value) for name, value in facts.items())
    listed = "\n".join(f"{letter}. {option}" for letter, option in zip(_LETTERS, shuffled, strict=False))
    text = f"{field.intro}\n{stated}\n{question}\nOptions:\n{listed}"
    return Draft(field.topic, text, _LETTERS[shuffled.index(right)], {"options": shuffled})


def _question(rng: np.random.Generator, field: _Field) -> Draft:
    """Two thirds ranks, one third comparisons."""
    return (_compared if rng.integers(3) == 0 else _ranked)(rng, field)


KIND = Kind(
    "choice",
    {field.topic: partial(_question, field=field) for field in _FIELDS},
    "Reason briefly. Then give the letter of the right option in the last line as `Answer: <letter>`.",
    category="knowledge",
)

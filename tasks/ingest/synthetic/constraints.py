"""Instruction constraints: short texts that must obey rules a program can check.

Constraint kinds, as the scorer `instructions` reads them from `metadata.constraints`:
`min_words`, `max_words`, `sentences`, `paragraphs`, `bullets` (each with `n`), `include`, `avoid` (with `word`),
`starts_with`, `ends_with` (with `text`), `lowercase`, `no_commas`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tasks.ingest.synthetic.draft import Draft, Kind, between, pick, several

_SUBJECTS = (
    "a lighthouse in winter",
    "a market at dawn",
    "an old railway station",
    "a garden after rain",
    "a night ferry",
    "a bakery before opening",
    "a mountain hut",
    "a city library",
    "a harbour in fog",
    "a village school",
    "a glass workshop",
    "a vineyard in autumn",
    "a desert road",
    "a concert hall",
    "a beekeeper at work",
)
_WORDS = (
    "amber",
    "bridge",
    "candle",
    "copper",
    "echo",
    "feather",
    "garden",
    "harbour",
    "island",
    "lantern",
    "marble",
    "needle",
    "orchard",
    "pebble",
    "river",
    "saffron",
    "timber",
    "velvet",
    "window",
    "yellow",
)
_AVOIDED = ("very", "nice", "beautiful", "suddenly", "thing", "because", "really", "amazing")
_OPENINGS = ("At first", "Long ago", "Every evening", "In the distance", "Without a sound")
_ENDINGS = ("and that was all.", "nobody spoke again.", "the day was done.", "it stayed that way.")
_FILLER = ("the", "light", "moves", "slowly", "over", "quiet", "stones", "while", "people", "wait", "near", "water")

Constraint = dict[str, Any]


def _filler(rng: np.random.Generator, n: int) -> list[str]:
    return [pick(rng, _FILLER) for _ in range(n)]


def _sentence(rng: np.random.Generator, n: int, *include: str) -> str:
    """A sentence of n words, without commas, that holds the given ones."""
    words = _filler(rng, n - len(include)) + list(include)
    return " ".join(words).capitalize() + "."


def _draft(topic: str, subject: str, what: str, rules: list[tuple[str, Constraint]], example: str) -> Draft:
    listed = "\n".join(f"- {words}" for words, _ in rules)
    text = f"Write {what} about {subject}. It must obey these rules:\n{listed}"
    return Draft(topic, text, example, {"constraints": [constraint for _, constraint in rules]})


def _length(rng: np.random.Generator) -> Draft:
    low = between(rng, 4, 12) * 5
    high = low + between(rng, 2, 6) * 5
    sentences = between(rng, 2, 4)
    rules: list[tuple[str, Constraint]] = [
        (f"at least {low} words", {"kind": "min_words", "n": low}),
        (f"at most {high} words", {"kind": "max_words", "n": high}),
        (f"exactly {sentences} sentences", {"kind": "sentences", "n": sentences}),
    ]
    sizes = [len(part) for part in np.array_split(np.arange(low + 2), sentences)]
    example = " ".join(_sentence(rng, size) for size in sizes)
    return _draft("length", pick(rng, _SUBJECTS), "a short description", rules, example)


def _words(rng: np.random.Generator) -> Draft:
    include = several(rng, _WORDS, between(rng, 2, 3))
    avoid = pick(rng, _AVOIDED)
    low = between(rng, 3, 6) * 5
    rules: list[tuple[str, Constraint]] = [
        *((f"use the word '{word}'", {"kind": "include", "word": word}) for word in include),
        (f"never use the word '{avoid}'", {"kind": "avoid", "word": avoid}),
        (f"at least {low} words", {"kind": "min_words", "n": low}),
    ]
    example = f"{_sentence(rng, 5, include[0])} {_sentence(rng, low, *include[1:])}"
    return _draft("words", pick(rng, _SUBJECTS), "a few sentences", rules, example)


def _layout(rng: np.random.Generator, shape: str) -> Draft:
    n = between(rng, 2, 5)
    high = n * between(rng, 8, 12)
    include = pick(rng, _WORDS)
    parts = [_sentence(rng, 5, include) for _ in range(n)]
    if shape == "bullets":
        rule = (f"exactly {n} bullet points, each on its own line beginning with '- '", {"kind": "bullets", "n": n})
        example, what = "\n".join(f"- {part}" for part in parts), "a list of notes"
    else:
        rule = (f"exactly {n} paragraphs, with an empty line between them", {"kind": "paragraphs", "n": n})
        example, what = "\n\n".join(parts), "a text"
    rules: list[tuple[str, Constraint]] = [
        rule,
        (f"at most {high} words", {"kind": "max_words", "n": high}),
        (f"use the word '{include}'", {"kind": "include", "word": include}),
    ]
    return _draft(shape, pick(rng, _SUBJECTS), what, rules, example)


def _frame(rng: np.random.Generator) -> Draft:
    opening, ending = pick(rng, _OPENINGS), pick(rng, _ENDINGS)
    low = between(rng, 3, 6) * 5
    rules: list[tuple[str, Constraint]] = [
        (f"begin with the words '{opening}'", {"kind": "starts_with", "text": opening}),
        (f"end with the words '{ending}'", {"kind": "ends_with", "text": ending}),
        (f"at least {low} words", {"kind": "min_words", "n": low}),
    ]
    example = " ".join([opening, *_filler(rng, low), ending])
    return _draft("frame", pick(rng, _SUBJECTS), "a very short story", rules, example)


def _spelling(rng: np.random.Generator) -> Draft:
    low = between(rng, 3, 6) * 5
    include = pick(rng, _WORDS)
    rules: list[tuple[str, Constraint]] = [
        ("only lower-case letters", {"kind": "lowercase"}),
        ("no commas", {"kind": "no_commas"}),
        (f"use the word '{include}'", {"kind": "include", "word": include}),
        (f"at least {low} words", {"kind": "min_words", "n": low}),
    ]
    example = _sentence(rng, low + 2, include).lower()
    return _draft("spelling", pick(rng, _SUBJECTS), "a small poem in prose", rules, example)


_TOPICS: dict[str, Callable[[np.random.Generator], Draft]] = {
    "length": _length,
    "words": _words,
    "bullets": partial(_layout, shape="bullets"),
    "paragraphs": partial(_layout, shape="paragraphs"),
    "frame": _frame,
    "spelling": _spelling,
}

KIND = Kind("instructions", _TOPICS, "Give only the text, without title or comment.", category="instructions")

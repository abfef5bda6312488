"""List-function programming: one Python function by its description, judged by assert statements."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from tasks.ingest.synthetic.draft import ORDINALS, Draft, Kind, between, pick, several

_TESTS = 6


class _Step(NamedTuple):
    """A step from a list to a list: its words, its code and the same as a function; `{n}` is its number."""

    words: str
    code: str
    run: Callable[[list[int], int], list[int]]


_FILTERS = (
    _Step(
        "keeps only the multiples of {n}",
        "xs = [x for x in xs if x % {n} == 0]",
        lambda xs, n: [x for x in xs if x % n == 0],
    ),
    _Step(
        "drops every number below {n}", "xs = [x for x in xs if x >= {n}]", lambda xs, n: [x for x in xs if not x < n]
    ),
    _Step(
        "removes repeated numbers, keeping the first of each",
        "xs = list(dict.fromkeys(xs))",
        lambda xs, n: [x for place, x in enumerate(xs) if x not in xs[:place]],
    ),
)
_TRANSFORMS = (
    _Step("multiplies each number by {n}", "xs = [x * {n} for x in xs]", lambda xs, n: [n * x for x in xs]),
    _Step("replaces each number by its square", "xs = [x * x for x in xs]", lambda xs, n: [x**2 for x in xs]),
    _Step("subtracts {n} from each number", "xs = [x - {n} for x in xs]", lambda xs, n: [x + -n for x in xs]),
    _Step(
        "replaces each number by its absolute value",
        "xs = [abs(x) for x in xs]",
        lambda xs, n: [max(x, -x) for x in xs],
    ),
)
_ORDERS = (
    _Step("sorts the numbers in descending order", "xs = sorted(xs, reverse=True)", lambda xs, n: sorted(xs)[::-1]),
    _Step("reverses the list", "xs = xs[::-1]", lambda xs, n: list(reversed(xs))),
    _Step(
        "moves the first {n} numbers to the end",
        "xs = xs[{n}:] + xs[:{n}]",
        lambda xs, n: [*xs[n:], *xs[: min(n, len(xs))]],
    ),
    _Step(
        "keeps only every {nth} number, beginning with the first",
        "xs = xs[::{n}]",
        lambda xs, n: [x for place, x in enumerate(xs) if place % n == 0],
    ),
)
_WINDOWS = (
    _Step(
        "replaces the list by the sums of neighbours, so that it becomes one shorter (an empty list stays empty)",
        "xs = [a + b for a, b in zip(xs, xs[1:])]",
        lambda xs, n: [a + b for a, b in pairwise(xs)],
    ),
    _Step(
        "replaces the list by its running sums",
        "xs = [sum(xs[: i + 1]) for i in range(len(xs))]",
        lambda xs, n: [int(x) for x in np.cumsum(xs)],
    ),
    _Step(
        "keeps the numbers that are greater than their left neighbour (the first has none and is dropped)",
        "xs = [b for a, b in zip(xs, xs[1:]) if b > a]",
        lambda xs, n: [b for a, b in pairwise(xs) if a < b],
    ),
)
# From a list to a number; the list may be empty.
_ENDS: tuple[tuple[str, str, Callable[[list[int]], int]], ...] = (
    ("returns the sum", "return sum(xs)", lambda xs: int(np.sum(xs, dtype=np.int64))),
    ("returns how many numbers are left", "return len(xs)", lambda xs: sum(1 for _ in xs)),
    (
        "returns the largest number, or 0 if none is left",
        "return max(xs, default=0)",
        lambda xs: sorted(xs)[-1] if xs else 0,
    ),
    (
        "returns the difference of the largest and the smallest number, or 0 if none is left",
        "return max(xs) - min(xs) if xs else 0",
        lambda xs: sorted(xs)[-1] - sorted(xs)[0] if xs else 0,
    ),
)
_FAMILIES = {"filter": _FILTERS, "transform": _TRANSFORMS, "order": _ORDERS, "window": _WINDOWS}
_NAMES = ("process", "reduce_list", "summarise", "rework", "transform_list", "condense")


def _cases(
    rng: np.random.Generator, steps: Sequence[tuple[_Step, int]], end: Callable[[list[int]], int] | None
) -> list[tuple[list[int], Any]] | None:
    """Inputs, the empty list first, with their results; None when so many results are alike that they test little."""
    cases: list[tuple[list[int], Any]] = []
    for size in (0, *(between(rng, 4, 12) for _ in range(_TESTS - 1))):
        given = xs = [between(rng, -20, 40) for _ in range(size)]
        for step, n in steps:
            xs = step.run(xs, n)
        cases.append((given, end(xs) if end else xs))
    return cases if len({str(result) for _, result in cases}) > _TESTS // 2 else None


def _program(rng: np.random.Generator, topic: str, *, number: bool) -> Draft:
    """One or two steps of the topic with one of any family before, between or after, giving a list or a number."""
    own = several(rng, _FAMILIES[topic], between(rng, 1, 2))
    other = pick(rng, [step for family in _FAMILIES.values() for step in family if step not in own])
    place = between(rng, 0, len(own))
    steps = [(step, between(rng, 2, 5)) for step in (*own[:place], other, *own[place:])]
    words, code, end = pick(rng, _ENDS) if number else ("returns the list", "return xs", None)
    name = pick(rng, _NAMES)
    cases = _cases(rng, steps, end)
    if cases is None:
        return _program(rng, topic, number=number)
    said = [step.words.format(n=n, nth=ORDINALS[n]) for step, n in steps] + [words]
    lines = [step.code.format(n=n) for step, n in steps] + [code]
    tests = [f"assert {name}({xs}) == {wanted}" for xs, wanted in cases]
    listed = "\n".join(f"{place}. {part}" for place, part in enumerate(said, 1))
    text = (
        f"Write a Python function `{name}(xs)` that takes a list of integers and, in this order,\n{listed}\n"
        f"For example, `{name}({cases[1][0]})` gives `{cases[1][1]}`."
    )
    solution = "\n".join([f"def {name}(xs):", *(f"    {line}" for line in lines)])
    return Draft(topic, text, solution, {"tests": tests, "entry_point": name})


def _topic(rng: np.random.Generator, topic: str) -> Draft:
    return _program(rng, topic, number=False)


def _aggregate(rng: np.random.Generator) -> Draft:
    draft = _program(rng, pick(rng, list(_FAMILIES)), number=True)
    return replace(draft, topic="aggregate")


KIND = Kind(
    "python_tests",
    {**{topic: partial(_topic, topic=topic) for topic in _FAMILIES}, "aggregate": _aggregate},
    "Give the function in one fenced python block, without any other code block.",
    category="code",
    task="code",
)

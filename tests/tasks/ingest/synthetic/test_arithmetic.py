"""Every topic solved again from the words of its question, by another way than the generator's."""

import json
import re
from collections.abc import Callable
from fractions import Fraction

from tasks.ingest.sources.synthetic import questions


def shopping(n: list[int]) -> Fraction:
    paid = n[4]
    for _ in range(n[0]):
        paid -= n[1]
    for _ in range(n[2]):
        paid -= n[3]
    return Fraction(paid)


def travel(n: list[int]) -> Fraction:
    by_hour = [n[1]] * n[0] + [0] * n[2] + [n[4]] * n[3]
    return Fraction(sum(by_hour), len(by_hour))


def work(n: list[int]) -> Fraction:
    return 1 / (Fraction(1, n[0]) + Fraction(1, n[1]))


def percent(n: list[int]) -> Fraction:
    price = Fraction(n[0])
    price -= price * n[1] / 100
    return price + price * n[2] / 100


def ages(n: list[int]) -> Fraction:
    fits = [young for young in range(1, 200) if n[0] * young + n[1] == 2 * (young + n[1])]
    assert len(fits) == 1
    return Fraction(n[0] * fits[0])


def mixture(n: list[int]) -> Fraction:
    parts = [n[1]] * n[0] + [n[3]] * n[2]
    return Fraction(sum(parts), len(parts))


def geometry(n: list[int]) -> Fraction:
    length, width, path = n
    tiles = 0
    for x in range(-path, length + path):
        for y in range(-path, width + path):
            tiles += not (0 <= x < length and 0 <= y < width)
    return Fraction(tiles)


def savings(n: list[int], every: int) -> Fraction:
    start, weekly, spent, weeks = n
    for week in range(1, weeks + 1):
        start += weekly
        if week % every == 0:
            start -= spent
    return Fraction(start)


SOLVERS: dict[str, Callable[[list[int]], Fraction]] = {
    "shopping": shopping,
    "travel": travel,
    "work": work,
    "percent": percent,
    "ages": ages,
    "mixture": mixture,
    "geometry": geometry,
}
EVERY = {"second": 2, "third": 3, "fourth": 4}


def test_every_truth_is_right() -> None:
    for row in questions("arithmetic", 320, 5):
        topic = json.loads(row["metadata"])["topic"]
        numbers = [int(number) for number in re.findall(r"\d+", row["text"])]
        if topic == "savings":
            every = EVERY[re.findall(r"every (\w+) week", row["text"])[0]]
            solved = savings(numbers, every)
        else:
            solved = SOLVERS[topic](numbers)
        assert Fraction(row["ground_truth"]) == solved, row["text"]
        assert solved >= 0

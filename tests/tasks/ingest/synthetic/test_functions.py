"""Solutions run against their tests; descriptions executed step by step by a second reading of their words."""

import json
import re
from typing import Any

from tasks.ingest.sources.synthetic import questions

ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5}


def step(words: str, xs: list[int]) -> list[int]:
    """One sentence of a description, done by hand."""
    n = next((int(number) for number in re.findall(r"\d+", words)), 0)
    out: list[int] = []
    for place, x in enumerate(xs):
        left = xs[place - 1] if place else None
        if words.startswith("keeps only the multiples"):
            out += [x] if x / n == x // n else []
        elif words.startswith("drops every number below"):
            out += [] if x < n else [x]
        elif words.startswith("removes repeated"):
            out += [] if x in out else [x]
        elif words.startswith("multiplies"):
            out.append(sum([x] * n))
        elif words.startswith("replaces each number by its square"):
            out.append(x * x)
        elif words.startswith("subtracts"):
            out.append(x - n)
        elif words.startswith("replaces each number by its absolute"):
            out.append(int(str(x).lstrip("-")))
        elif words.startswith("sorts"):
            out = sorted([*out, x], key=lambda value: -value)
        elif words.startswith("reverses"):
            out.insert(0, x)
        elif words.startswith("moves the first"):
            out = xs[n:] + xs[:n]
        elif words.startswith("keeps only every"):
            nth = ORDINALS[words.split()[3]]
            out += [x] if place / nth == place // nth else []
        elif words.startswith("replaces the list by the sums of neighbours"):
            out += [] if left is None else [left + x]
        elif words.startswith("replaces the list by its running"):
            out.append(x + (out[-1] if out else 0))
        elif words.startswith("keeps the numbers that are greater"):
            out += [x] if left is not None and x > left else []
        else:
            raise AssertionError(words)
    return out


def last(words: str, xs: list[int]) -> Any:
    if words == "returns the list":
        return xs
    if words == "returns the sum":
        return sum(xs)
    if words == "returns how many numbers are left":
        return len(xs)
    if words.startswith("returns the largest"):
        return max(xs) if xs else 0
    assert words.startswith("returns the difference"), words
    return max(xs) - min(xs) if xs else 0


def test_solutions_tests_and_descriptions_agree() -> None:
    for row in questions("functions", 200, 5):
        metadata = json.loads(row["metadata"])
        name = metadata["entry_point"]
        scope: dict[str, Any] = {}
        exec(row["ground_truth"], scope)
        for test in metadata["tests"]:
            exec(test, scope)
        *steps, end = re.findall(r"^\d+\. (.+)$", row["text"], re.MULTILINE)
        for given, wanted in (re.findall(r"assert \w+\((.*)\) == (.*)", test)[0] for test in metadata["tests"]):
            xs = json.loads(given)
            for words in steps:
                xs = step(words, xs)
            assert last(end, xs) == json.loads(wanted), row["text"]
        assert f"`{name}(xs)`" in row["text"]


def test_tests_tell_programs_apart() -> None:
    for row in questions("functions", 60, 5):
        tests = json.loads(row["metadata"])["tests"]
        results = [test.rpartition(" == ")[2] for test in tests]
        assert len(tests) == 6
        assert len(set(results)) > 3, "a constant passes too many of them"

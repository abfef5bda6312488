"""ARC-AGI: output grids written as JSON arrays; the truth is one grid, or a list of one per test input."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from profiles.layout import parsed
from tasks.score.extract import own_answer, spoken
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer, unjudged

Grid = list[list[int]]
_ARRAYS = re.compile(r"[\[\]\d\s,]+")
_BRACKET = re.compile(r"[\[\]]")


@scorer("arc_grid", version="5")
def judge(item: Item) -> Verdict:
    """Judge the last grids of the answer, as many as are asked for: every cell must be right."""
    return _judged(list(grids(own_answer(spoken(item.text)))), item.ground_truth, last=True)


@scorer("arc_grid_compat", version="1", mode="compat")
def judge_as_published(item: Item) -> Verdict:
    """Judge as LLMRouterBench: the last grid of the whole output, but of several tests the first ones."""
    return _judged(list(grids(item.text)), item.ground_truth, last=False)


def _judged(found: list[Grid], truth: str | None, *, last: bool) -> Verdict:
    wanted = _wanted(truth)
    if isinstance(wanted, str):
        return unjudged(wanted)
    n = len(wanted) or 1
    if len(found) < n:
        return no_answer(f"{len(found)} of {n} grids" if found else None)
    given = found[-n:] if last or n == 1 else found[:n]
    return graded(given == wanted if wanted else None, orjson.dumps(given[0] if n == 1 else given).decode())


def _wanted(truth: str | None) -> list[Grid] | str:
    """The grids of the truth; none where there is no truth; why it is none."""
    if truth is None:
        return []
    given = parsed(truth)
    several = given if isinstance(given, list) and given and _is_grid(given[0]) else [given]
    return several if all(map(_is_grid, several)) else "the ground truth is no grid of digits"


def grids(text: str) -> Iterator[Grid]:
    """The rectangular grids of digits in a text, in order; in one pass."""
    for run in _ARRAYS.finditer(text):
        written = run[0]
        open_at: list[tuple[int, int]] = []  # start and depth of what it holds
        for bracket in _BRACKET.finditer(written):
            if bracket[0] == "[":
                open_at.append((bracket.start(), 0))
            elif open_at:
                start, held = open_at.pop()
                if open_at:
                    outer, depth = open_at[-1]
                    open_at[-1] = outer, max(depth, held + 1)
                if held == 1 and _is_grid(grid := parsed(written[start : bracket.end()])):
                    yield grid


def _is_grid(given: Any) -> bool:
    if not (isinstance(given, list) and given and all(isinstance(row, list) and row for row in given)):
        return False
    cells = [cell for row in given for cell in row]
    return len({len(row) for row in given}) == 1 and all(type(cell) is int and 0 <= cell <= 9 for cell in cells)

"""LiveCodeBench's tests, inputs and outputs as data, turned into Python tests of a program (reference, section 6.7)."""

import base64
import json
import pickletools
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from profiles.layout import parsed

MAIN = "run_main"  # the sandbox's name for the whole program: its standard input → what it prints
_LARGEST = 256 << 20  # bytes of unpacked tests
_PRELUDE = "".join(
    [
        "import bisect, collections, copy, datetime, functools, heapq, itertools\n",
        "import math, operator, random, re, string, sys\n",
        *(f"from {name} import *\n" for name in ("typing", "collections", "itertools", "functools", "heapq", "bisect")),
    ]
)
_SAME_OUTPUT = """
from decimal import Decimal

def _numbers(line):
    try:
        return [Decimal(word) for word in line.split()]
    except Exception:
        return None

def _same(said, wanted):
    here, there = ([line.strip() for line in text.strip().split("\\n")] for text in (said, wanted))
    return len(here) == len(there) and all(
        one == other or (_numbers(one) is not None and _numbers(one) == _numbers(other))
        for one, other in zip(here, there)
    )
"""
_SAME_VALUE = """
def _listed(value):
    return [_listed(one) for one in value] if isinstance(value, (list, tuple)) else value

def _same(value, wanted):
    return _listed(value) == wanted
"""


@dataclass(frozen=True, slots=True)
class Cases:
    """Tests of one program.

    Args:
        tests: Python sources, each of which defines how values are compared.
        function: the tested function; null where the whole program is run on standard input.
    """

    tests: tuple[str, ...]
    function: str | None

    def program(self, code: str) -> str:
        """A program with the imports that the benchmark promises, and its method `Solution.f` as a function."""
        code = code if "__future__" in code else _PRELUDE + code
        if self.function and "class Solution" in code:
            code += f"\n\ndef {self.function}(*arguments):\n    return Solution().{self.function}(*arguments)\n"
        return code


def cases_of(metadata: Mapping[str, Any]) -> Cases | str | None:
    """The tests of a question in LiveCodeBench's layout; why they cannot be read; None where it has no such tests."""
    given = [metadata.get(name) for name in ("public_test_cases", "private_test_cases")]
    if not any(given):
        return None
    try:
        every = [case for one in given if one for case in _unpacked(one)]
        function = metadata.get("func_name")
        tests = tuple(_called(case, str(function)) if function else _run(case) for case in every)
    except (ValueError, TypeError, KeyError, zlib.error, AttributeError) as error:
        return f"the question's test cases cannot be read ({type(error).__name__})"
    if function is not None and not str(function).isidentifier():
        return "the question's func_name is no name of a function"
    if any(case.get("testtype") == "functional" for case in every) and not function:
        return "the question's test cases call a function that it does not name"
    return Cases(tests, function and str(function))


def _unpacked(given: Any) -> list[dict[str, Any]]:
    """A list of cases, its JSON, or base64 of a compressed pickle of that, which is read without being executed."""
    found = parsed(given)
    if isinstance(found, str):
        unpacked = zlib.decompressobj().decompress(base64.b64decode(found, validate=True), _LARGEST)
        found = json.loads(next(held for _, held, _ in pickletools.genops(unpacked) if isinstance(held, str)))
    if not isinstance(found, list) or not all(
        isinstance(case, dict) and isinstance(case["input"], str) and isinstance(case["output"], str) for case in found
    ):
        raise ValueError("no list of cases")
    return found


def _called(case: dict[str, Any], function: str) -> str:
    arguments = [json.loads(line) for line in case["input"].split("\n") if line.strip()]
    return f"{_SAME_VALUE}\nassert _same({function}(*{arguments!r}), {json.loads(case['output'])!r})\n"


def _run(case: dict[str, Any]) -> str:
    return f"{_SAME_OUTPUT}\nassert _same({MAIN}({case['input']!r}), {case['output']!r})\n"

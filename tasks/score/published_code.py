"""How the references cut a program out of an answer, for the compat verdicts: defects and all.

LLMRouterBench (reference, sections 6.6 and 6.7) and SMCS (reference, section 3). What is parsed here is never run here.
"""

import ast
import re
from contextlib import suppress

_LINES = 100
_ENDS = re.compile(r"if __name__|# Test|# Example")
_FIRST_FENCE = re.compile(r"```python[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
# numpy, which the benchmark imports twice, is not in the sandbox.
PRELUDE = (
    "import math, re, sys, copy, datetime, itertools, collections, heapq, functools, hashlib, string\n"
    "from typing import *\nfrom collections import *\n"
)


def longest_program(text: str) -> str:
    """Imports, classes, functions that return something and assignments of the longest valid run of lines; or ''.

    Of the first 100 lines of an answer; of two runs with as many lines that are not blank, the first one.
    """
    lines = text.expandtabs(4).replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")[:_LINES]
    filled = [0]
    for line in lines:
        filled.append(filled[-1] + bool(line.strip()))
    runs = [
        (filled[start] - filled[end], start, end)
        for start in range(len(lines))
        for end in range(start + 1, len(lines) + 1)
    ]
    for _, start, end in sorted(runs):
        tree = syntax_tree("\n".join(lines[start:end]))
        if tree is not None:
            return _definitions(tree)
    return ""


def syntax_tree(code: str) -> ast.Module | None:
    """A program as Python reads it; None where it cannot."""
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse(code)
    return None


def _definitions(tree: ast.Module) -> str:
    """The kept statements; a later definition stands in the place of an earlier one of the same name."""
    imports = [one for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)]
    kept: dict[str, ast.stmt] = {}
    for one in tree.body:
        if isinstance(one, ast.ClassDef) or (isinstance(one, ast.FunctionDef) and _returns(one)):
            kept[one.name] = one
        elif isinstance(one, ast.Assign) and len(one.targets) == 1 and isinstance(one.targets[0], ast.Name):
            kept[one.targets[0].id] = one
    with suppress(RecursionError):
        return "\n".join(ast.unparse(one) for one in (*imports, *kept.values()))
    return ""


def _returns(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Return) for node in ast.walk(function))


def tagged_program(text: str) -> str:
    """The lines between the last two that hold `PYTHON]`, else the last two that hold three backticks; or ''."""
    lines = text.split("\n")
    for tag in ("PYTHON]", "```"):
        marked = [number for number, line in enumerate(lines) if tag in line]
        if len(marked) > 1:
            return "\n".join(lines[marked[-2] + 1 : marked[-1]])
    return ""


def first_fence(text: str) -> str:
    """SMCS: what follows the first Python fence, in thoughts or not, up to the next fence or its own tests."""
    found = _FIRST_FENCE.search(text)
    return _ENDS.split(found[1] if found else text, maxsplit=1)[0]

r"""One spelling for a mathematical answer, and whether two of them mean the same.

Cheap comparisons come first; math-verify (SymPy) is asked only when they cannot tell. It has no time limit of its own
here: it may only be called inside a worker process that can be killed (`tasks.score.isolate`).
"""

import re
from functools import lru_cache
from typing import Any

from tasks.score.extract import normal_text
from tasks.score.numbers import canonical_number, only_number, parse_number, same_number

_WRAPPER = re.compile(r"\\(?:text|mathrm|mathbf|textbf|mbox|operatorname|displaystyle)\s*\{([^{}]*)\}")
_SIZING = re.compile(r"\\left(?![a-z])|\\right(?![a-z])|\\[!,;: ]|\\q?quad|\\displaystyle|\\\(|\\\)|\\\[|\\\]|\$")
_BARE_FRACTION = re.compile(r"\\frac\s*(\d)\s*(\d)")
_BARE_ROOT = re.compile(r"\\sqrt\s*(\d)")
_BRACED_SIGN = re.compile(r"([\^_])\{(\w)\}")
_NAMED = re.compile(r"^[A-Za-z](?:\([A-Za-z]\))?\s*(?:=|\\in\b)\s*(?=\S)")
_WORD = re.compile(r"(?<![\\\w])[^\W\d_]{3,}(?![\w(])")
_NOT_WORDS = {"sin", "cos", "tan", "log", "sqrt", "exp", "max", "min", "mod", "gcd", "lcm", "abs", "inf"}
_BETWEEN = re.compile(r"\s+(?:and|or)\s+")
_STEPS = re.compile(r"^(?:[^=A-Za-z]*|.*=.*)=")  # sums and chains that lead to a result, but not an equation in x
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def canonical(text: str) -> str:
    r"""The canonical form of a mathematical answer: equal strings mean equal answers.

    Numbers become lowest terms (0.5, 1/2 and \frac{1}{2} are "1/2", 50\% is "50"); LaTeX sizing, spaces and a leading
    "x =" go; sets and bare lists are sorted, ordered tuples and intervals are not; words are lower-case.
    """
    value = parse_number(text)
    if value is not None:
        return canonical_number(value)
    text = _NAMED.sub("", _undressed(text))
    value = parse_number(_STEPS.sub("", text))
    if value is not None:
        return canonical_number(value)
    if is_prose(text):
        value = only_number(text)
        return normal_text(text) if value is None else canonical_number(value)
    opening, parts, closing = _elements(_BETWEEN.sub(",", text))
    if len(parts) > 1:
        spelled = [canonical(part) for part in parts]
        return opening + ",".join(sorted(spelled) if opening in {"", "{"} else spelled) + closing
    return re.sub(r"\s+", "", text)


@lru_cache(maxsize=1 << 16)
def equivalent(answer: str, truth: str) -> bool:
    """Whether an answer means the same as the truth; may run for ever on hostile input."""
    numeric = same_number(answer, truth)
    if numeric is not None:
        return numeric
    given, wanted = canonical(answer), canonical(truth)
    if given == wanted:
        return True
    if ("=" in given) != ("=" in wanted):  # math-verify would compare the equation's right side
        return False
    return not (is_prose(answer) or is_prose(truth)) and _symbolically(answer, truth)


def is_prose(text: str) -> bool:
    """Whether an answer is words rather than an expression: symbolic comparison has nothing to say about it."""
    words = [word for word in _WORD.findall(_undressed(text)) if word.casefold() not in _NOT_WORDS]
    return len(words) > 2 or (bool(words) and not any(sign.isdigit() for sign in text))


def load_math_verify() -> Any:
    """The symbolic comparison's library, quiet about the time limits that the worker process enforces."""
    import logging

    import math_verify

    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    logging.getLogger("latex2sympy2_extended").setLevel(logging.CRITICAL)
    return math_verify


def _symbolically(answer: str, truth: str) -> bool:
    library = load_math_verify()
    wanted, given = (
        library.parse(f"${_undressed(text)}$", fallback_mode="no_fallback", parsing_timeout=None)
        for text in (truth, answer)
    )
    if not wanted or not given:
        return False
    return bool(library.verify(wanted, given, timeout_seconds=None))


def _undressed(text: str) -> str:
    text = text.strip().strip("*`").strip().rstrip(".").strip()
    text = _SIZING.sub("", _WRAPPER.sub(r"\1", text.replace("\\$", "").replace("\\%", "%")))
    text = re.sub(r"\\[dtc]frac", r"\\frac", text).replace("**", "^").replace("−", "-")
    text = re.sub(r"\\(?:cdot|times)(?![a-z])", "*", text).replace("\\{", "{").replace("\\}", "}")
    text = _BARE_ROOT.sub(r"\\sqrt{\1}", _BARE_FRACTION.sub(r"\\frac{\1}{\2}", text))
    return _BRACED_SIGN.sub(r"\1\2", text).strip()


def _elements(text: str) -> tuple[str, list[str], str]:
    """Opening bracket, elements between top-level commas, closing bracket."""
    opening = closing = ""
    if text and text[0] in _PAIRS and text[-1] in ")]}" and _balanced(text[1:-1]):
        opening, text, closing = text[0], text[1:-1], text[-1]
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return opening, [*parts, text[start:].strip()], closing


def _balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return False
    return depth == 0

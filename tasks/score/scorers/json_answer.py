r"""The `answer` field of a JSON object in the text (ZeroEval's answer format). Option: `compare`.

number  the field's number; math  mathematical equivalence; literal  equal Python values; text  normalised text.
"""

import ast
import json
import re
import warnings
from typing import Any, Literal

from pydantic import Field

from tasks.score import arithmetic
from tasks.score.expressions import canonical, equivalent, load_math_verify
from tasks.score.extract import is_blank, normal_text, own_answer, spoken, stated_answer
from tasks.score.numbers import canonical_number, only_number, parse_number, same_number
from tasks.score.registry import ScorerOptions, scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer
from warehouse.errors import unknown_name

_KEY = re.compile(r"[\"']answer[\"']\s*:\s*", re.IGNORECASE)
_END = re.compile(r"\s*(?:[,}]|```|$)")
_LATEX = re.compile(
    r"(?<!\\)\\(?:frac|binom|bar|beta|begin|boxed|big|theta|times|text|tan|tfrac|to|neq|nu|right|rho)(?![a-z])"
)
_JSON_WORD = re.compile(r"\b(?:true|false|null)\b")
_POWER = re.compile(r"-?\d+(?:\.\d+)?\s*(?:\^|\*\*)\s*(?:-?\d+|\{-?\d+\})")
_PLACEHOLDER = re.compile(r"_{2,}")
_LONGEST_LITERAL = 20_000
_COMPARE = ("number", "math", "literal", "text")


class JsonAnswerOptions(ScorerOptions):
    """How the field is compared."""

    compare: Literal["number", "math", "literal", "text"] = Field("text", description="see the module")


@scorer("json_answer", version="13", prepare=load_math_verify, options=JsonAnswerOptions)
def judge(item: Item) -> Verdict:
    """Judge the `answer` field; a text without one may state its answer in words or boxed."""
    how = str(item.options.get("compare", "text"))
    answer = answer_field(item.text)
    if answer is None:
        return no_answer()
    blank = is_blank(answer) and answer != item.ground_truth  # which may be <option>
    if how != "literal" and (blank or answer.strip().casefold() == "null"):
        return no_answer()
    return compare(answer, item.ground_truth, how)


def compare(answer: str, truth: str | None, how: str) -> Verdict:
    """The verdict on a field's text.

    Raises:
        UserError: `how` is none of number, math, literal and text.
    """
    if how == "number":
        return _compare_numbers(answer, truth)
    if how == "math":
        return graded(None if truth is None else equivalent(answer, truth), canonical(answer))
    if how == "literal":
        # Of a string, its content: many fields hold just that, even where it reads as a number.
        right = None if truth is None else literal(truth) in {literal(answer), answer}
        return graded(right, literal(answer))
    if how == "text":
        return graded(None if truth is None else normal_text(answer) == normal_text(truth), normal_text(answer))
    raise unknown_name("comparison", how, _COMPARE)


def _compare_numbers(answer: str, truth: str | None) -> Verdict:
    value = only_number(answer)
    extracted = normal_text(answer) or None if value is None else canonical_number(value)
    if value is None and _POWER.fullmatch(answer.strip().strip("$")):
        value = arithmetic.value(answer.strip().strip("$").replace("{", "(").replace("}", ")"))
        extracted = extracted if value is None else canonical_number(value)
    if value is None and truth is not None and same_number(answer, truth):  # with a decimal comma
        return graded(True, extracted)
    if truth is None or value is None:
        return graded(None if truth is None else False, extracted)
    given = answer if parse_number(answer) is not None else canonical_number(value)
    return graded(bool(same_number(given, truth)), extracted)


def answer_field(text: str) -> str | None:
    """The last filled-in `answer` field, out of prose, fences or broken JSON; else the answer stated in words."""
    text = own_answer(spoken(text))
    for found in reversed(list(_KEY.finditer(text))):
        value = _value(text, found.end())
        if value is not None and not _PLACEHOLDER.fullmatch(value):
            return value
    return stated_answer(text)


def literal(text: str) -> str:
    """The canonical spelling of a Python literal; a text that is none stands for itself.

    Numbers of equal value are spelled alike (1.0 as 1), sets and dictionaries in sorted order; True is not 1. A
    string's own quotes are dropped: in many answers the quotes of the JSON field stand for them. Line breaks inside
    quotes, which decoding JSON leaves behind, are read as the escapes that stood there.
    """
    candidates = [text, text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")]
    if "\\" in text and "'" not in text:
        candidates.append(f"'{text}'")  # written with escapes, but without quotes
    for candidate in candidates:
        value = _evaluated(candidate.strip().strip("`").strip())
        if value is not None:
            return value[0] if isinstance(value[0], str) else _spelled(value[0])
    return text


def _evaluated(text: str) -> tuple[Any] | None:
    if len(text) > _LONGEST_LITERAL:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python's compiler, about odd literals
        try:
            return (ast.literal_eval(text),)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None


def _value(text: str, start: int) -> str | None:
    """The field's value as text: a string's content as it was meant, true, false and null inside others as Python's.

    None for a null, which is no answer.
    """
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text, start)
        if _END.match(text, end):
            written = text[start:end]
            if not isinstance(value, str):
                return (None if value is None else _spelled(value)) if _JSON_WORD.search(written) else written
            return _raw(written) if _latex_lost(written) else value
    except (ValueError, RecursionError):
        pass
    return _broken(text[start:])


def _latex_lost(raw: str) -> bool:
    r"""Whether JSON would turn LaTeX commands such as \frac, \binom or \theta into control characters."""
    return _LATEX.search(raw) is not None


def _broken(rest: str) -> str | None:
    """The value where the JSON is broken: up to the quote, brace, fence or line that must end it."""
    quote = rest[:1]
    if quote in {'"', "'"}:
        found = re.search(rf"{quote}\s*(?:,\s*\"|\}}|```|$|\n)", rest[1:])
        return _raw(rest[: found.start() + 2]) if found else None
    found = re.match(r"[^\n]*?(?=\s*(?:,?\s*(?:\n|$)|\}\s*(?:```|$|\n)))", rest)
    return found[0].strip() or None if found else None


def _raw(written: str) -> str:
    """The text of a written JSON value, leaving unknown escapes as they stand."""
    if len(written) > 1 and written[0] in "\"'" and written[-1] == written[0]:
        return re.sub(r"\\([\"'\\/])", r"\1", written[1:-1])
    return written


def _spelled(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return repr(int(value))
    if isinstance(value, list):
        return "[" + ", ".join(map(_spelled, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_spelled, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, set):
        return "{" + ", ".join(sorted(map(_spelled, value))) + "}" if value else "set()"
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{_spelled(key)}: {_spelled(held)}" for key, held in value.items())) + "}"
    return repr(value)

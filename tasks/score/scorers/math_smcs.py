r"""Mathematics and FinQA as SMCS grades them (SMCS reference, section 3): a box, else what looks like a number."""

import re

from tasks.score import published_math
from tasks.score.expressions import load_math_verify
from tasks.score.extract import last_boxed
from tasks.score.registry import scorer
from tasks.score.scorers.finqa import rounded
from tasks.score.verdict import Item, Verdict, graded

_NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
_FALLBACKS = (
    re.compile(rf"answer is:?\s*\$?({_NUMBER})"),
    re.compile(r"answer is:?\s*([^\n.]+)"),
    re.compile(rf"\bis\s+\$?({_NUMBER})"),
    re.compile(rf"({_NUMBER})"),
)
_LABELLED = re.compile(r"[Aa]nswer:\s*([^\n]+)")
_FRACTION = re.compile(r"(-?)(?:\\[dt]?frac\{(\d{1,15})\}\{(\d{1,15})\}|(\d{1,15})/(\d{1,15}))")
_NONE = "-114514"  # what SMCS compares where it finds no answer
_CLOSE = 1e-6


@scorer("math_smcs_compat", version="3", mode="compat")
def judge(item: Item) -> Verdict:
    """Judge as SMCS does MATH and AIME: numbers within 1e-6, a fraction against a decimal, else the same spelling."""
    answer, truth = _boxed(item.text), item.ground_truth
    return graded(None if truth is None else _equivalent(answer, truth), answer)


@scorer("finqa_smcs_compat", version="3", mode="compat", prepare=load_math_verify)
def judge_finqa(item: Item) -> Verdict:
    """Judge as SMCS does FinQA: equal as mathematics, or the first numbers are equal once rounded to integers."""
    labelled = _LABELLED.findall(item.text)
    answer = labelled[-1].strip() if labelled and last_boxed(item.text) is None else _boxed(item.text)
    truth = item.ground_truth
    if truth is None:
        return graded(None, answer)
    return graded(published_math.same(answer, truth) or rounded(answer) == rounded(truth), answer)


def _boxed(text: str) -> str:
    box = last_boxed(text)
    if box is not None:
        return box[1]
    found = (one.findall(text) for one in _FALLBACKS)
    return next((str(every[-1]).strip() for every in found if every), _NONE)


def _equivalent(answer: str, truth: str) -> bool:
    one, other = _value(answer), _value(truth)
    if one is not None and other is not None:
        return abs(one - other) <= _CLOSE
    return published_math.spelled(answer) == published_math.spelled(truth)


def _value(text: str) -> float | None:
    """The value of a number, or of one plain fraction."""
    fraction = _FRACTION.fullmatch(text.strip().strip("$"))
    if fraction:
        sign, *parts = fraction.groups()
        over, under = (int(part) for part in parts if part)
        return (-1 if sign else 1) * over / under if under else None
    try:
        value = float(text.strip().strip("$").replace(",", ""))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None

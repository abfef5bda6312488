"""FinQA: a number of a financial report, at the precision in which it is given, or yes or no."""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from tasks.score import published, published_math
from tasks.score.expressions import canonical, load_math_verify
from tasks.score.extract import leading_word, normal_text, own_answer, spoken, stated_answer, unexclaimed
from tasks.score.labels import without_label
from tasks.score.numbers import bare_number, has_percent, only_number, parse_number
from tasks.score.registry import scorer
from tasks.score.spelling import undressed
from tasks.score.units import of_money
from tasks.score.verdict import Item, Verdict, graded, no_answer

_LONGEST = 400  # of what may be a number
_DECIMALS = re.compile(r"\d\.(\d+)")
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_LETTERS = {"k": "thousand", "m": "million", "mm": "million", "mn": "million", "b": "billion", "bn": "billion"}
_LETTER = re.compile(r"(?<=\d)\s?(k|mm|[mb]n?)$", re.IGNORECASE)
_SCALE = re.compile(rf"\b({'|'.join(_SCALES)})s?\b", re.IGNORECASE)
_TIMES = re.compile(r"(?<=\d)\s*(?:x|×|\\times|(?::|\bto)\s*1(?:\.0)?)$")
_NEGATIVE = re.compile(r"^\(([^()]*\d[^()]*)\)\s*(%?)$|^(?!-)(.*\d\s*%?)\s*(?:decrease|decline|drop|reduction)$")
_SIGNED = re.compile(r"-?\d+(?:\.\d+)?")
_CLOSE = Fraction(1, 200)  # of a whole number, which says nothing about its precision


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number, the unit of its last written digit, and whether it is a whole one without a percent sign."""

    value: Fraction
    unit: Fraction
    whole: bool


@scorer("finqa", version="13", prepare=load_math_verify)
def judge(item: Item) -> Verdict:
    """Judge the last stated answer: the less precise of it and the truth is the other one, rounded.

    A text that is a number and nothing else is an answer, too. A percentage is right if its number or its hundredth
    is; "12 million" also if the truth counts in millions.
    """
    text = own_answer(spoken(item.text))
    answer = stated_answer(text) or bare_number(text)
    if answer is None:
        return no_answer()
    answer, truth = unexclaimed(answer, text)[:_LONGEST], item.ground_truth
    return graded(None if truth is None else _same(answer, truth), canonical(answer))


@scorer("finqa_compat", version="1", mode="compat", prepare=load_math_verify)
def judge_as_published(item: Item) -> Verdict:
    """Judge as LLMRouterBench: equal as mathematics, or the first numbers are equal once rounded to integers."""
    answer, truth = published.boxed(item.text), item.ground_truth
    if not answer.strip():
        return no_answer()
    if truth is None:
        return graded(None, answer)
    return graded(published_math.same(answer, truth) or rounded(answer) == rounded(truth), answer)


def rounded(text: str) -> str:
    """The first number of a text, rounded to an integer half to even; the text where it has none."""
    found = _SIGNED.search(text)
    return f"{float(found[0]):.0f}" if found else text


def _same(answer: str, truth: str) -> bool:
    wanted = _amounts(truth)
    if not wanted:
        return normal_text(truth) in {normal_text(answer), leading_word(normal_text(answer), truth)}
    money = of_money(answer, truth)
    both_scaled = _SCALE.search(_spoken_scale(answer)) and _SCALE.search(_spoken_scale(truth))
    given = [replace(one, value=one.value * money, unit=one.unit * money) for one in _amounts(answer)]
    if both_scaled:  # 3.8 million are not 3.8 billion
        given, wanted = given[:1], wanted[:1]
    if has_percent(truth):  # millions are no percentage, and no percentage is another's hundredth
        given, wanted = given[:1], wanted[:1] if has_percent(answer) else wanted
    return any(_agree(one, other) for one in given for other in wanted)


def _amounts(text: str) -> list[_Amount]:
    """What a text may mean: its number, a percentage's hundredth, and a number of millions as such."""
    text = _TIMES.sub("", _spoken_scale(without_label(text)))
    if negative := _NEGATIVE.match(undressed(text)):  # as accountants write it, or in words
        text = f"-{negative[1] or negative[3]}{negative[2] or ''}"
    value = parse_number(text)
    value = only_number(text) if value is None else value
    if value is None:
        return []
    decimals = _DECIMALS.search(text)
    unit = Fraction(1, 10 ** len(decimals[1])) if decimals else Fraction(1)
    scale = _SCALE.search(text)
    if scale:
        power = Fraction(10) ** _SCALES[scale[1].casefold()]
        return [_Amount(value, unit * power, False), _Amount(value / power, unit, decimals is None)]
    found = [_Amount(value, unit, decimals is None and not has_percent(text))]
    if has_percent(text):
        found.append(_Amount(value / 100, unit / 100, False))
    return found


def _spoken_scale(text: str) -> str:
    return _LETTER.sub(lambda letter: f" {_LETTERS[letter[1].casefold()]}", text)


def _agree(given: _Amount, wanted: _Amount) -> bool:
    apart = abs(given.value - wanted.value)
    if apart == 0:
        return True
    if wanted.whole and apart > abs(wanted.value) * _CLOSE:
        return False
    hundredth = abs(wanted.value) / 100
    if given.unit > wanted.unit and given.unit > hundredth and apart > hundredth:  # too coarse to tell
        return False
    return apart <= max(given.unit, wanted.unit) / 2

"""BIG-Bench Hard: an option letter, yes or no, a number, a list of words, or brackets that close a sequence."""

import re

from tasks.score import published, published_math
from tasks.score.expressions import equivalent, is_prose, load_math_verify
from tasks.score.extract import is_blank, leading_word, normal_text, own_answer, spoken, stated_answer, unexclaimed
from tasks.score.numbers import parse_number
from tasks.score.registry import scorer
from tasks.score.scorers.choice import chosen_letter
from tasks.score.verdict import Item, Verdict, graded, no_answer

_LONGEST = 400  # of what may be a number
_LETTER = re.compile(
    r"^(?:(?i:option|choice)\s+)?[(\[]?\s*([A-Za-z])\s*(?:[)\]:.]+(?:\s+(?!\s|(?i:or|and|/|&)\s*[(\[]?[A-Z]\b|\([A-Z]\)).*)?)?$",
    re.DOTALL,
)
_BRACKETS = re.compile(r"[\s()\[\]{}<>]+")
_BOXED_BRACKETS = re.compile(r"\\boxed\s*\{([\s()\[\]{}<>\\]+)\}")
_TEXT = re.compile(r"\\text\w*\s*\{([^{}]*)\}")
_WORKED_OUT = re.compile(r"^.*=\s*(?=(?:true|false)\W*$)", re.IGNORECASE)  # not ( True ) = False
_OPTION = re.compile(r"\([A-Z]\)")
_ANSWER = re.compile(r"^A:\s+")
_LAST_LINE = re.compile(r"(?i:answer) *:([^\n]*)")


@scorer("bbh", version="12", prepare=load_math_verify)
def judge(item: Item) -> Verdict:
    """Judge the last stated answer; a text of one line that states none is an answer as a whole."""
    text = own_answer(spoken(item.text)).strip()
    answer = _last_brackets(text) if _BRACKETS.fullmatch(item.ground_truth or "-") else None
    answer = answer or unexclaimed(stated_answer(text) or "", text) or None
    if answer is None and _OPTION.fullmatch(item.ground_truth or ""):
        answer = chosen_letter(text)
    if answer is None and "\n" not in text and not is_blank(text):
        answer = _ANSWER.sub("", text)
    truth = item.ground_truth
    answer = leading_word(_WORKED_OUT.sub("", _TEXT.sub(r"\1", answer or "")), truth or "")
    canonical = _canonical(answer)
    if not canonical:
        return no_answer()
    return graded(None if truth is None else _same(canonical, _canonical(truth)), canonical)


@scorer("bbh_compat", version="1", mode="compat", prepare=load_math_verify)
def judge_as_published(item: Item) -> Verdict:
    """Judge as LLMRouterBench: the last box, else what follows the last "Answer:", by its mathematical equality."""
    stated = _LAST_LINE.findall(item.text)
    answer = published.boxed(item.text) or (stated[-1].strip() if stated else "")
    if not answer:
        return no_answer()
    truth = item.ground_truth
    return graded(None if truth is None else published_math.same(answer, truth), answer)


def _last_brackets(text: str) -> str | None:
    """The brackets behind the last "answer", which would else be read as dressing."""
    after = re.split(r"(?i)\banswer\b(?:\s+is\b)?\s*:?", text)[-1]
    if box := _BOXED_BRACKETS.search(after):  # whose own braces need not match
        return box[1].replace("\\", "")
    found = re.findall(r"[()\[\]{}<>](?:[\s]*[()\[\]{}<>])*", after)
    return found[-1] if found else None


def _canonical(answer: str) -> str:
    """A letter in upper case, brackets without spaces, words without commas, all in lower case."""
    answer = answer.strip()
    if _BRACKETS.fullmatch(answer):
        return "".join(answer.split())
    letter = _LETTER.match(answer.strip("*_`$ "))
    if letter:
        return letter[1].upper()
    return normal_text(" ".join(re.split(r",\s+and\s+|[\s,;]+", answer.strip("*_`$[] "))).strip())


def _same(given: str, wanted: str) -> bool:
    if given == wanted:
        return True
    numeric = parse_number(given) is not None or parse_number(wanted) is not None
    worded = is_prose(given) and parse_number(given) is None
    return numeric and len(given) <= _LONGEST and not worded and equivalent(given, wanted)

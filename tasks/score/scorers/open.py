"""Answers to questions that nobody prepared: what a text states in so many words, in a form that can be compared."""

import re

from tasks.score.expressions import canonical, equivalent, is_prose, load_math_verify
from tasks.score.extract import own_answer, spoken, stated_answer, undecorated, unexclaimed
from tasks.score.numbers import parse_number
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, unjudged

_LETTER = re.compile(r"^\(?([A-Za-z])\)?[.:]?$|^\(?([A-Z])\)\s+\S.*$")
_LONGEST_STATED = 12  # words: what is longer is an explanation, and its wording would be compared
_LONGEST_ALONE = 3  # words of a text that is one short line
_TALK = re.compile(r"\b(?:i|you|we|me|sorry|hello|hi|hey|thanks|thank|please|sure|okay)\b", re.IGNORECASE)


@scorer("open", version="13", prepare=load_math_verify)
def judge(item: Item) -> Verdict:
    """Judge what is boxed or stated ("the answer is ..."), a last line that is a number or a letter, or a short line.

    Everything else has no answer to compare, which says nothing about its being right: unjudged, never wrong.
    """
    answer = open_answer(item.text)
    if answer is None:
        return unjudged("the text states no answer that can be compared")
    truth = item.ground_truth
    return graded(None if truth is None else same_answer(answer, undecorated(truth)), canonical_answer(answer))


def open_answer(text: str) -> str | None:
    """The stated answer as it stands; None when none is, or when it is too long to be compared."""
    text = own_answer(spoken(text)).strip()
    stated = stated_answer(text)
    if stated is not None:
        stated = unexclaimed(stated, text)
        return stated if _short(stated, _LONGEST_STATED) else None
    last = text.rsplit("\n", 1)[-1].strip().strip("*`").strip()
    if _letter(last) or parse_number(last) is not None:
        return last
    alone = "\n" not in text and not last.endswith((":", "?")) and not _TALK.search(last)
    return last if alone and _short(last, _LONGEST_ALONE) else None


def canonical_answer(answer: str) -> str:
    """One spelling: a letter in upper case without brackets, else as for mathematics; equal strings, equal answers."""
    return _letter(answer) or canonical(answer)


def same_answer(answer: str, truth: str) -> bool:
    """Whether two stated answers mean the same; may run for ever on hostile input, so only in a worker process."""
    if _letter(answer) or _letter(truth):
        return canonical_answer(answer) == canonical_answer(truth)
    return equivalent(answer, truth)


def _letter(answer: str) -> str | None:
    found = _LETTER.match(answer.strip().strip("*_`$ "))
    return (found[1] or found[2]).upper() if found else None


def _short(answer: str, words: int) -> bool:
    return bool(answer) and (not is_prose(answer) or len(answer.split()) <= words)

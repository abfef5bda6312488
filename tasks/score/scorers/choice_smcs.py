"""The letter that SMCS takes for an answer (SMCS reference, section 3): where it finds none, A is the answer.

The order of its patterns is not in the reference, so ours is a reading of it.
"""

import re
from collections.abc import Sequence

from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded

_FOUR = [re.compile(one) for one in (r"answer is \((.)\)", r"[Aa]nswer: \((.)\)", r"answer \((.)\)", r"\((.)\)")]
_TEN = [
    re.compile(one)
    for one in (
        *(r"answer is:?\s*\(?([A-J])\)?(?![A-Za-z])", r"[Aa]nswer:\s*\(?([A-J])\)?(?![A-Za-z])"),
        *(r"\\boxed\{\(?([A-J])\)?\}", r"\\boxed\{\\text\{\(?([A-J])\)?\}\}", r"[Oo]ption\s*\(?([A-J])\)?(?![A-Za-z])"),
        *(r"[Cc]hoice\s*\(?([A-J])\)?(?![A-Za-z])", r"\(([A-J])\)"),
    )
]
_CAPITAL = re.compile(r"[A-J]")


@scorer("choice4_smcs_compat", version="1", mode="compat")
def judge_four(item: Item) -> Verdict:
    """Judge as SMCS does GPQA and MedMCQA: the last "(X)" of the first pattern that has one among A to D, else A."""
    return _graded(item, _last(item.text, _FOUR, "ABCD") or "A")


@scorer("choice10_smcs_compat", version="1", mode="compat")
def judge_ten(item: Item) -> Verdict:
    """Judge as SMCS does MMLU-Pro: by seven patterns, else the last capital A to J of any word, else A."""
    letter = _last(item.text, _TEN, "ABCDEFGHIJ")
    return _graded(item, letter or (_CAPITAL.findall(item.text) or ["A"])[-1])


def _last(text: str, patterns: Sequence[re.Pattern[str]], letters: str) -> str | None:
    found = (one.findall(text) for one in patterns)
    return next((every[-1] for every in found if every and every[-1] in letters), None)


def _graded(item: Item, letter: str) -> Verdict:
    return graded(None if not item.ground_truth else letter == item.ground_truth.strip(), letter)

"""What is judged and what comes out: the two shapes every scorer and every caller of `judge` shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

VerdictName = Literal["correct", "wrong", "partial", "no_answer", "timeout", "unjudged"]


@dataclass(frozen=True, slots=True)
class Item:
    """One answer to judge.

    Args:
        scorer: a name of the scorer registry.
        text: the model's output.
        ground_truth: the reference answer; null where the question carries tests or constraints instead.
        options: the dataset's `scorer_options`.
        metadata: the question's `metadata`: option texts, tests, constraints, people.
        basis: hash of what the verdict rests on, as view `stg_basis` has it; null where it is not in the warehouse.
    """

    scorer: str
    text: str
    ground_truth: str | None
    options: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scorer says about one answer.

    Args:
        score: in [0, 1]; null only when nothing could be judged (`unjudged`).
        verdict: `correct`, `wrong`, `partial`, `no_answer` (nothing could be extracted: score 0), `timeout`
            (the answer is a program that did not end: score 0) or `unjudged` (the question lacks what judging needs, or
            judging was stopped).
        extracted: the answer in canonical form: equal strings mean equal answers; null when there is none.
        detail: why, in one short sentence, where the verdict alone does not say it.
    """

    score: float | None
    verdict: VerdictName
    extracted: str | None = None
    detail: str | None = None


def graded(right: bool | None, extracted: str | None) -> Verdict:
    """The verdict on an extracted answer that is right or wrong, or that nothing is known about (None: no truth)."""
    if right is None:
        return Verdict(None, "unjudged", extracted, "the question has no ground truth")
    return Verdict(1.0, "correct", extracted) if right else Verdict(0.0, "wrong", extracted)


def no_answer(detail: str | None = None) -> Verdict:
    """The verdict on a text that holds no answer: never a default one."""
    return Verdict(0.0, "no_answer", None, detail)


def unjudged(detail: str) -> Verdict:
    """The verdict where the question lacks the tests or constraints that judging needs."""
    return Verdict(None, "unjudged", None, detail)

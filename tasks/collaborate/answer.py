"""What a collaboration comes to: its candidates, and which one is the answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer and what speaks for it; unknown values are None."""

    response_id: str
    model: str
    extracted: str | None
    reference_models: tuple[str, ...]
    cost_usd: float | None
    score: float | None
    agreement: float | None = None
    similarity: float | None = None
    confidence: float | None = None
    posterior: float | None = None


@dataclass(frozen=True, slots=True)
class Collaboration:
    """The answer to one question.

    Args:
        question: position of the question in its selection.
        candidates: all of them, those that were only read included.
        chosen: position of the answer among them; None when no reference came.
        probability: stated probability that it is right; None when the preset states none.
        n_call: model calls it took, cached or not.
        cost_usd: what they cost; None when that of any is unknown.
        n_call_saved: aggregates not asked because the answer was decided; None when nothing was aggregated.
    """

    question: int
    candidates: tuple[Candidate, ...]
    chosen: int | None
    probability: float | None
    n_call: int
    cost_usd: float | None
    n_call_saved: int | None


def total_cost(costs: Sequence[float | None]) -> float | None:
    """Sum of costs; None when any is unknown."""
    known = [cost for cost in costs if cost is not None and not np.isnan(cost)]
    return sum(known) if len(known) == len(costs) else None


def agreement_of(extracted: Sequence[str | None]) -> list[float | None]:
    """Share of the candidates with an answer that gave the same one; None for a candidate without."""
    counts = Counter(answer for answer in extracted if answer is not None)
    return [None if answer is None else counts[answer] / counts.total() for answer in extracted]

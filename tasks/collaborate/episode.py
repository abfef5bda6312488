"""One question under way: what was gathered for it, and what that took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tasks.collaborate.answer import Candidate, Collaboration, agreement_of, total_cost


@dataclass(eq=False)
class Episode:
    """A question of a selection.

    Args:
        question: its position in the selection.
        row: of `warehouse/reads/question.sql`.
        references: answers of the models that were asked, best model first.
        subsets: the references that each aggregate is made from, in the order of the prompt.
        asked: aggregates asked so far.
        aggregates: those that came.
        texts: of the aggregates.
        logprobs: mean token logprob of the aggregates; NaN where the provider gave none.
        decided: whether no further aggregate is needed.
        n_call: calls made, failed ones included.
        costs: of every call; None where unknown.
    """

    question: int
    row: Mapping[str, Any]
    references: list[Candidate] = field(default_factory=list)
    subsets: Sequence[np.ndarray] = ()
    asked: int = 0
    aggregates: list[Candidate] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    decided: bool = False
    n_call: int = 0
    costs: list[float | None] = field(default_factory=list)

    @property
    def question_id(self) -> str:
        """Of the question."""
        return str(self.row["question_id"])

    @property
    def open(self) -> bool:
        """Whether another aggregate is wanted."""
        return not self.decided and self.asked < len(self.subsets)

    def paid(self, cost_usd: float | None) -> None:
        """Count a call; what a failed one cost is on the ledger and not known here (None)."""
        self.n_call += 1
        self.costs.append(cost_usd)

    def closed(self, candidates: Sequence[Candidate], chosen: int | None, probability: float | None) -> Collaboration:
        """The answer, with each candidate's share of agreement."""
        agreement = agreement_of([one.extracted for one in candidates])
        shown = tuple(replace(one, agreement=share) for one, share in zip(candidates, agreement, strict=True))
        saved = len(self.subsets) - self.asked if self.subsets else None
        return Collaboration(self.question, shown, chosen, probability, self.n_call, total_cost(self.costs), saved)

"""What the tests of routing and measuring share."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest

from profiles.outcomes import OutcomeMatrix


@pytest.fixture
def matrix_of() -> Callable[..., OutcomeMatrix]:
    """Builds an outcome matrix from scores (Q, M); the rest is made up where it is not given."""

    def build(
        scores: np.ndarray | Sequence[Sequence[float]],
        datasets: Sequence[str] | None = None,
        costs: np.ndarray | Sequence[Sequence[float]] | None = None,
        extracted: Sequence[Sequence[str | None]] | None = None,
    ) -> OutcomeMatrix:
        values = np.asarray(scores, dtype=float)
        n, m = values.shape
        answered = np.array([[f"q{q}-m{i}" for i in range(m)] for q in range(n)], dtype=object)
        answered[np.isnan(values)] = None
        of = list(datasets) if datasets is not None else ["d"] * n
        questions = pl.DataFrame({"question_id": [f"q{q}" for q in range(n)], "dataset": of})
        facts = {"score": values, "response_id": answered}
        if costs is not None:
            facts["cost_usd"] = np.asarray(costs, dtype=float)
        if extracted is not None:
            facts["extracted"] = np.array(extracted, dtype=object)
        return OutcomeMatrix.of(questions, [f"m{i}" for i in range(m)], **facts)

    return build

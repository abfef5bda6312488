"""What the tests of routing and measuring share."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from warehouse.snapshot import Matrix


@pytest.fixture
def matrix_of() -> Callable[..., Matrix]:
    """Builds an outcome matrix from scores (Q, M); the rest is made up where it is not given."""

    def build(
        scores: np.ndarray | Sequence[Sequence[float]],
        datasets: Sequence[str] | None = None,
        costs: np.ndarray | Sequence[Sequence[float]] | None = None,
        extracted: Sequence[Sequence[str | None]] | None = None,
    ) -> Matrix:
        values = np.asarray(scores, dtype=float)
        n, m = values.shape
        answered = np.array([[f"q{q}-m{i}" for i in range(m)] for q in range(n)], dtype=object)
        answered[np.isnan(values)] = None
        return Matrix(
            question_ids=np.array([f"q{q}" for q in range(n)], dtype=object),
            datasets=np.array(datasets if datasets is not None else ["d"] * n, dtype=object),
            models=tuple(f"m{i}" for i in range(m)),
            scores=values,
            costs=np.full((n, m), np.nan) if costs is None else np.asarray(costs, dtype=float),
            extracted=np.full((n, m), None, dtype=object) if extracted is None else np.array(extracted, dtype=object),
            response_ids=answered,
        )

    return build

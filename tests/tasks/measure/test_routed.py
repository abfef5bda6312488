"""What is read back from rows of routes is what was decided."""

import numpy as np
import polars as pl
import pytest

from tasks.measure.routed import of_routes
from tasks.measure.settle import DRAWN, Decision, settle
from tasks.route.decide import route_rows


@pytest.mark.parametrize("n_model", [1, 2, 5])
def test_rows_of_routes_give_the_outcomes_of_their_decisions(matrix_of, n_model: int) -> None:
    rng = np.random.default_rng(n_model)
    matrix = matrix_of(rng.integers(0, 2, (40, n_model)).tolist(), costs=rng.random((40, n_model)).tolist())
    chosen = rng.integers(DRAWN, n_model, 40)
    asked = rng.random((40, n_model)) < 0.5
    asked[np.arange(40), chosen] = True  # where it is drawn, the last model
    decision = Decision(chosen, asked)
    rows = route_rows("p", "", matrix, np.arange(40), decision)
    rows = rows.with_columns(system=pl.lit("s"), name=pl.lit("s"), split_id=pl.lit("one"))
    [found] = of_routes(matrix, ["one"], rows)
    wanted = settle("s", matrix, [decision])
    for name in ("scores", "costs", "calls"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-12)
    assert (found.response_ids == wanted.response_ids).all()

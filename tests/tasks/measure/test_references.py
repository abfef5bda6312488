"""Models alone, drawn random, and the oracle in its flavours, against their definitions."""

from dataclasses import replace

import numpy as np
import orjson
import polars as pl
import pytest

from tasks.measure.references import beyond_chance, cheapest_right, references

SCORES = [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0], [1.0, 0.5, 1.0], [np.nan, 0.0, 1.0], [np.nan] * 3]
COSTS = [[2.0, 1.0, 0.5], [3.0, 1.0, 2.0], [2.0, np.nan, 2.0], [np.nan, 1.0, 4.0], [np.nan] * 3]
TESTED = np.array([[True, True, True, False, True], [True, False, True, True, False]])


@pytest.fixture
def found(matrix_of):
    matrix = matrix_of(SCORES, costs=COSTS)
    return {system.label: (system, one) for system, one in references(matrix, TESTED, [0, 1], {"m1"})}


def test_every_model_is_alone_under_a_name_of_its_own(found):
    assert [name for name, (system, _) in found.items() if system.kind == "model"] == ["m0", "m1 (alone)", "m2"]
    system, one = found["m1 (alone)"]
    assert (system.name, one.role) == ("m1", "model")
    wanted = np.where(TESTED, np.array(SCORES)[:, 1], np.nan)
    np.testing.assert_array_equal(one.scores, wanted)
    assert (np.isnan(one.calls) == ~TESTED).all()


def test_the_oracle_of_any_credit_counts_a_half_as_solved_at_the_cost_of_the_cheapest_that_has_it(found):
    _, one = found["oracle (any credit)"]
    np.testing.assert_array_equal(one.score, [1, 0, 1, 1, np.nan])
    np.testing.assert_array_equal(one.cost, [1.0, 1.0, 2.0, 4.0, np.nan])
    assert one.role == "flavour"


def test_ties_of_cost_go_by_name_whatever_the_order_of_the_pool(matrix_of):
    matrix = matrix_of([[1, 1, 1]] * 2, costs=[[1, 1, 1]] * 2)
    other = replace(matrix, models=("m2", "m0", "m1"))
    assert [matrix.models[at] for at in cheapest_right(matrix)] == ["m0", "m0"]
    assert [other.models[at] for at in cheapest_right(other)] == ["m0", "m0"]


def test_random_is_drawn_among_those_with_a_score_by_the_seed(matrix_of):
    generator = np.random.default_rng(3)
    scores = generator.random((2000, 3))
    scores[:, 1] = np.nan
    matrix, tested = matrix_of(scores, costs=np.ones((2000, 3))), np.ones((2, 2000), dtype=bool)
    one, again = (dict_of(references(matrix, tested, [5, 5], ())) for _ in range(2))
    drawn = one["random (drawn)"].scores
    np.testing.assert_array_equal(drawn, again["random (drawn)"].scores)
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert ((drawn[0] == scores[:, 0]) | (drawn[0] == scores[:, 2])).all()
    assert np.mean(drawn[0] == scores[:, 0]) == pytest.approx(0.5, abs=0.05)


def test_guessing_is_taken_out_of_the_oracle(matrix_of):
    """Twenty guessers on four options solve nearly everything together, and know nothing."""
    generator = np.random.default_rng(0)
    guessed = generator.random((3000, 20)) < 0.25
    knows = guessed.copy()
    knows[:1500, :10] = True  # on half of the questions half of the models know
    metadata = pl.lit(orjson.dumps({"options": list("ABCD")}).decode())
    for scores, least, most in ((guessed, 0.0, 0.45), (knows, 0.5, 0.75)):
        matrix = matrix_of(scores)
        assert beyond_chance(matrix) is None, "no question is known to have options"
        matrix = replace(matrix, questions=matrix.questions.with_columns(metadata=metadata))
        assert scores.any(axis=1).mean() > 0.99
        assert least <= beyond_chance(matrix).mean() <= most
    open_ended = matrix.questions.with_columns(metadata=pl.when(pl.int_range(pl.len()) > 0).then(metadata))
    scores = [[0.25, 0.5, np.nan], [1, 1, 1], [0, 0, 0], [np.nan] * 3]
    mixed = replace(matrix_of(scores), questions=open_ended.head(4))
    np.testing.assert_allclose(beyond_chance(mixed), [0.5, 1, 0, np.nan])


def dict_of(pairs):
    return {system.label: one for system, one in pairs}

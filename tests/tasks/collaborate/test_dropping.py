import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.collaborate.dropping import draw, prior_probabilities, softmax_probabilities, subsets_of


def slow_probabilities(scores):
    """Section 1.7 of the reference, term by term."""
    n = len(scores)
    gaps = [score - min(scores) for score in scores]
    mean = sum(gaps) / n
    spread = sum(gap**2 for gap in gaps) / (n**0.5 + 1e-10)
    raw = [float(np.exp((gap - mean) / spread)) for gap in gaps]
    return [weight / (sum(raw) + 1e-10) for weight in raw]


def inclusion(probabilities, keep):
    """Exact probability of each reference to be kept by successive draws without replacement."""
    kept = np.zeros(len(probabilities))
    for order in itertools.permutations(range(len(probabilities)), keep):
        chance, left = 1.0, sum(probabilities)
        for one in order:
            chance *= probabilities[one] / left
            left -= probabilities[one]
        kept[list(order)] += chance
    return kept


@pytest.mark.parametrize("scale", [36.0, 6.0, 1.0, 0.1])
def test_probabilities_are_those_of_the_slow_reference(scale):
    scores = scale * np.array([1.0, 0.9, 0.72, 0.7, 0.31, 0.3, 0.0])
    np.testing.assert_allclose(prior_probabilities(scores), slow_probabilities(scores.tolist()), rtol=0, atol=1e-12)


def test_the_published_scale_is_nearly_uniform():
    probabilities = prior_probabilities(np.array([216.0, 210, 204, 198, 192, 186, 180]))
    assert probabilities.max() < 0.146
    assert probabilities.min() > 0.140


@pytest.mark.parametrize(
    "scores", [[5.0] * 7, [0.0] * 3, [np.nan, 1e-9, 0.0], [1e-5, 0.0, 0.0, 0.0], [np.inf, 1.0, 1.0]]
)
def test_ties_and_overflow_fall_back_or_stay_probabilities(scores):
    with np.errstate(all="raise"):
        probabilities = prior_probabilities(np.array(scores))
    assert np.isfinite(probabilities).all()
    assert abs(probabilities.sum() - 1) < 1e-6


def test_equal_scores_are_uniform():
    np.testing.assert_allclose(prior_probabilities(np.full(7, 3.0)), 1 / 7)


@pytest.mark.parametrize("keep", [2, 4])
def test_keep_frequencies_are_within_three_sigma_of_the_exact_ones(keep):
    probabilities = prior_probabilities(np.array([2.0, 1.6, 1.1, 0.8, 0.0]))
    trials = 40_000
    drawn = draw(probabilities, keep, trials, np.random.default_rng(11))
    frequency = np.bincount(drawn.ravel(), minlength=5) / trials
    exact = inclusion(probabilities.tolist(), keep)
    assert (np.abs(frequency - exact) < 3 * np.sqrt(exact * (1 - exact) / trials)).all()
    first = np.bincount(drawn[:, 0], minlength=5) / trials  # the drawn order is the order of the prompt
    assert (np.abs(first - probabilities) < 3 * np.sqrt(probabilities * (1 - probabilities) / trials) + 1e-9).all()


def test_weights_that_underflow_are_drawn_last():
    scores = np.linspace(0.0008, 0, 7)
    probabilities = prior_probabilities(scores)
    assert (probabilities == 0).sum() > 1  # where the reference code raises
    drawn = draw(probabilities, 6, 2000, np.random.default_rng(0))
    assert (drawn[:, 0] == 0).all()
    dropped = np.bincount(21 - drawn.sum(axis=1), minlength=7)
    assert (dropped[probabilities > 0] == 0).all()
    assert (dropped[probabilities == 0] > 200).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9),
    st.integers(1, 9),
    st.integers(1, 8),
    st.sampled_from(["prior", "softmax", "random", "all"]),
)
def test_subsets_have_no_repeats_and_the_asked_size(scores, keep, subsets, dropping):
    found = subsets_of(np.array(scores), dropping, keep, subsets, 1.0, np.random.default_rng(1))
    assert len(found) == subsets
    for one in found:
        assert len(set(one.tolist())) == len(one)
        if dropping == "all" or subsets == 1:
            assert one.tolist() == list(range(len(scores)))
        elif dropping != "softmax":
            assert len(one) == min(keep, len(scores))


def test_softmax_with_too_few_weights_gives_every_candidate_the_same_references():
    found = subsets_of(np.array([9000.0, 8990.0, 0.0, 0.0]), "softmax", 3, 4, 1.0, np.random.default_rng(1))
    assert [one.tolist() for one in found] == [[0, 1]] * 4


def test_softmax_is_the_softmax():
    weight = np.exp(np.array([1.0, 2.0, 3.0]) / 2)
    np.testing.assert_allclose(softmax_probabilities(np.array([1.0, 2.0, 3.0]), 2.0), weight / weight.sum())


def test_without_a_prior_dropping_is_uniform():
    found = subsets_of(np.full(4, np.nan), "prior", 3, 8000, 1.0, np.random.default_rng(2))
    kept = np.bincount(np.concatenate(found), minlength=4) / 8000
    assert (np.abs(kept - 0.75) < 0.02).all()


def test_the_same_generator_gives_the_same_subsets_and_another_question_others():
    scores = np.arange(7.0)
    one, again, other = (
        np.array(subsets_of(scores, "prior", 6, 8, 1.0, np.random.default_rng(seed))) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()

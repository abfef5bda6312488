import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.preset import Preset
from tasks.collaborate.subsets import (
    clusters,
    draw,
    entropy_log_weights,
    inclusion_entropy,
    inclusion_probabilities,
    prior_probabilities,
    subsets_of,
)


def subsets(scores, dropping, keep, candidates, rng, vectors=None, **changes):
    preset = Preset(title="t", dropping=dropping, keep=keep, candidates=candidates, **changes)
    return subsets_of(preset, np.asarray(scores, dtype=float), rng, vectors)


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
    drawn = draw(np.log(probabilities), keep, trials, np.random.default_rng(11))
    frequency = np.bincount(drawn.ravel(), minlength=5) / trials
    exact = inclusion(probabilities.tolist(), keep)
    assert (np.abs(frequency - exact) < 3 * np.sqrt(exact * (1 - exact) / trials)).all()
    first = np.bincount(drawn[:, 0], minlength=5) / trials  # the drawn order is the order of the prompt
    assert (np.abs(first - probabilities) < 3 * np.sqrt(probabilities * (1 - probabilities) / trials) + 1e-9).all()


def test_weights_that_underflow_are_drawn_last():
    scores = np.linspace(0.0008, 0, 7)
    probabilities = prior_probabilities(scores)
    assert (probabilities == 0).sum() > 1  # where the reference code raises
    drawn = np.stack(subsets(scores, "prior", 6, 2000, np.random.default_rng(0)))
    assert (drawn[:, 0] == 0).all()
    dropped = np.bincount(21 - drawn.sum(axis=1), minlength=7)
    assert (dropped[probabilities > 0] == 0).all()
    assert (dropped[probabilities == 0] > 200).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9),
    st.integers(1, 9),
    st.integers(1, 8),
    st.sampled_from(["prior", "softmax", "random", "all", "entropy"]),
)
def test_subsets_have_no_repeats_and_the_asked_size(scores, keep, candidates, dropping):
    found = subsets(scores, dropping, keep, candidates, np.random.default_rng(1))
    assert len(found) == candidates
    for one in found:
        assert len(set(one.tolist())) == len(one)
        if dropping == "all" or candidates == 1:
            assert one.tolist() == list(range(len(scores)))
        elif dropping != "softmax":
            assert len(one) == min(keep, len(scores))


def test_softmax_with_too_few_weights_gives_every_candidate_the_same_references():
    found = subsets([9000.0, 8990.0, 0.0, 0.0], "softmax", 3, 4, np.random.default_rng(1))
    assert [one.tolist() for one in found] == [[0, 1]] * 4


def test_softmax_draws_by_the_prior_over_the_temperature():
    weight = np.exp(np.array([3.0, 1.0]) / 2)
    first = [
        one[0] for one in subsets([3.0, 1.0], "softmax", 1, 4_000, np.random.default_rng(0), temperature_prior=2.0)
    ]
    assert first.count(0) / len(first) == pytest.approx(weight[0] / weight.sum(), abs=0.03)


def test_without_a_prior_dropping_is_uniform():
    found = subsets(np.full(4, np.nan), "prior", 3, 8000, np.random.default_rng(2))
    kept = np.bincount(np.concatenate(found), minlength=4) / 8000
    assert (np.abs(kept - 0.75) < 0.02).all()


def test_the_same_generator_gives_the_same_subsets_and_another_question_others():
    scores = np.arange(7.0)
    one, again, other = (np.array(subsets(scores, "prior", 6, 8, np.random.default_rng(seed))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_fewer_candidates_are_the_first_of_more():
    few, many = (subsets(np.arange(7.0), "entropy", 5, n, np.random.default_rng(3)) for n in (3, 8))
    np.testing.assert_array_equal(few, many[:3])


@pytest.mark.parametrize(("n", "keep"), [(2, 1), (5, 2), (7, 6)])
@pytest.mark.parametrize("scale", [0.0, 0.5, 3.0])
def test_inclusion_probabilities_are_those_of_all_orders_of_drawing(n, keep, scale):
    weights = scale * np.random.default_rng(n).normal(size=n)
    exact = inclusion((np.exp(weights) / np.exp(weights).sum()).tolist(), keep)
    np.testing.assert_allclose(inclusion_probabilities(weights, keep), exact, rtol=0, atol=1e-8)


def test_entropy_is_one_for_uniform_draws_and_none_without_chance():
    assert inclusion_entropy(np.full(7, 6 / 7)) == pytest.approx(1)
    assert inclusion_entropy(np.array([1.0, 1.0, 0.0])) == pytest.approx(0, abs=1e-9)
    half = -(2 * (0.8 * np.log(0.8) + 0.2 * np.log(0.2)) + 0.4 * np.log(0.4) + 0.6 * np.log(0.6))
    uniform = -3 * (2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3))
    assert inclusion_entropy(np.array([0.8, 0.8, 0.4])) == pytest.approx(half / uniform)


LOG_ODDS = np.array([1.2, 1.0, 0.9, 0.5, 0.4, 0.1, -0.5])


@pytest.mark.parametrize("entropy", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("scale", [0.5, 1.0, 50.0])
def test_exploration_has_the_stated_entropy_at_any_scale_of_the_prior(entropy, scale):
    included = inclusion_probabilities(entropy_log_weights(scale * LOG_ODDS, 6, entropy), 6)
    assert inclusion_entropy(included) == pytest.approx(entropy, abs=2e-3)
    assert (np.diff(included) < 0).all()  # the better, the more often


def test_exploration_becomes_uniform_as_references_become_equal():
    included = [inclusion_probabilities(entropy_log_weights(scale * LOG_ODDS, 6, 0.8), 6) for scale in (0.1, 1e-3, 0)]
    gaps = [np.ptp(one) for one in included]
    assert gaps[0] > gaps[1] > gaps[2]
    np.testing.assert_allclose(included[1], 6 / 7, atol=1e-2)
    np.testing.assert_allclose(included[2], 6 / 7, atol=1e-9)


def test_kmeans_takes_one_random_member_of_every_cluster():
    rng = np.random.default_rng(0)
    centres = np.eye(3, 12)[[0, 0, 0, 1, 1, 2]]
    vectors = centres + 0.05 * rng.normal(size=centres.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    members = [clusters(vectors, 3, np.random.default_rng(seed)) for seed in range(30)]
    assert any(len({one[0], one[1], one[2]}) == len({one[3], one[4]}) == 1 and len(set(one)) == 3 for one in members)
    seed = next(at for at, one in enumerate(members) if len(set(one.tolist())) == 3 and one[3] == one[4])
    found = subsets(np.arange(6.0), "kmeans", 3, 400, np.random.default_rng(seed), vectors)
    groups = [set(np.flatnonzero(members[seed] == at).tolist()) for at in range(3)]
    for one in found:
        assert all(member in group for member, group in zip(one.tolist(), groups, strict=True))
    assert {int(one[at]) for one in found for at in range(3)} == set(range(6))


def test_kmeans_leaves_empty_clusters_out():
    vectors = np.repeat(np.eye(1, 4), 5, axis=0)
    found = subsets(np.arange(5.0), "kmeans", 3, 4, np.random.default_rng(0), vectors)
    assert all(len(one) == 1 for one in found)


def test_softmax_draws_from_all_weights_that_are_not_zero_however_small():
    scores = [216.0, 210, 205, 200, 190, 185, 180]  # usual for hundreds of neighbours
    found = subsets(scores, "softmax", 6, 50, np.random.default_rng(0))
    assert {len(one) for one in found} == {6}
    assert all(set(one[:4].tolist()) <= {0, 1, 2, 3} for one in found[:10])


def test_keeping_all_references_still_draws_their_order():
    found = subsets([2.0, 1.0, 0.0], "random", 6, 40, np.random.default_rng(0))
    assert {len(set(one.tolist())) for one in found} == {3}
    assert len({tuple(one.tolist()) for one in found}) > 3

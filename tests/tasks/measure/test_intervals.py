import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from tasks.measure.intervals import (
    A_SHARE,
    bayesian_sums,
    estimate,
    holm,
    interval_of,
    mean_estimate,
    percentile_interval,
    resampled_sums,
    share_estimate,
    sign_flip_p_values,
    sign_flip_test,
    stratified_sums,
)


def test_first_row_is_the_sample_itself_and_resamples_keep_the_stratum_sizes():
    generator = np.random.default_rng(0)
    columns = np.column_stack([generator.random(50), np.ones(50)])
    strata = np.repeat([0, 1, 2], [30, 19, 1])
    sums = stratified_sums(columns, strata, 300, np.random.default_rng(1))
    for stratum, n in enumerate([30, 19, 1]):
        assert sums[stratum, 0] == pytest.approx(columns[strata == stratum].sum(axis=0))
        assert (sums[stratum, :, 1] == n).all()


def test_equal_columns_have_equal_resamples_so_differences_are_paired():
    column = np.random.default_rng(0).random(80)
    sums = stratified_sums(np.column_stack([column, column + 0.25]), np.arange(80) % 4, 200, np.random.default_rng(1))
    assert np.ptp(sums[:, :, 1] - sums[:, :, 0], axis=1) == pytest.approx(0, abs=1e-9)


def test_resamples_have_the_mean_and_variance_that_theory_gives():
    generator = np.random.default_rng(3)
    column, strata = generator.random(120), np.repeat([0, 1], [40, 80])
    means = stratified_sums(column[:, None], strata, 20_000, generator)[:, 1:, 0] / [[40], [80]]
    for stratum, n in enumerate([40, 80]):
        inside = column[strata == stratum]
        assert means[stratum].mean() == pytest.approx(inside.mean(), abs=0.002)
        assert means[stratum].var() == pytest.approx(inside.var() / n, rel=0.05)


def test_interval_covers_the_truth_as_often_as_it_says():
    generator, truth, hits = np.random.default_rng(5), np.array([0.3, 0.5, 0.8]), 0
    strata = np.repeat([0, 1, 2], [60, 100, 80])
    for _ in range(400):
        scores = (generator.random(240) < truth[strata]).astype(float)[:, None]
        sums = stratified_sums(scores, strata, 400, generator)[:, :, 0]
        low, high = percentile_interval((sums / np.bincount(strata)[:, None]).mean(axis=0)[1:])
        hits += low <= truth.mean() <= high
    assert 0.91 <= hits / 400 <= 0.98


def test_an_interval_of_nothing_is_unknown():
    low, high = percentile_interval(np.full((50, 2), np.nan))
    assert np.isnan([low, high]).all()
    assert np.isnan(percentile_interval(np.empty((0, 2)))).all()


def test_sign_flips_equal_the_full_enumeration():
    strata = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1])
    differences = np.array([1.0, 1, 0.5, -0.5, 1, 1, 0, 1, -1])
    share = differences / np.array([5, 4])[strata] / 2
    every = [abs(np.dot(signs, share)) >= abs(share.sum()) - 1e-12 for signs in itertools.product([-1, 1], repeat=9)]
    p_value = sign_flip_p_values(differences[:, None], strata, 40_000, np.random.default_rng(0))[0]
    assert p_value == pytest.approx(np.mean(every), abs=0.01)


def test_sign_flips_leave_out_what_is_missing():
    strata, generator = np.array([0, 0, 0, 1, 1, 1]), np.random.default_rng(0)
    missing = np.array([[1.0, 1, np.nan, np.nan, np.nan, np.nan], [np.nan] * 6, [0.0] * 6]).T
    p_values = sign_flip_p_values(missing, strata, 4000, generator)
    assert p_values[0] == pytest.approx(0.5, abs=0.05)
    assert np.isnan(p_values[1])
    assert p_values[2] == 1


def test_sign_flips_reject_as_often_as_they_should_when_nothing_differs():
    generator = np.random.default_rng(9)
    differences = generator.integers(-1, 2, size=(150, 400)).astype(float)
    p_values = sign_flip_p_values(differences, np.arange(150) % 3, 999, generator)
    assert 0.02 <= (p_values <= 0.05).mean() <= 0.085


def test_holm_as_in_its_textbook_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == pytest.approx([1.0, 1.0])
    with_missing = holm([0.02, np.nan, 0.03])
    assert with_missing[[0, 2]] == pytest.approx([0.04, 0.04])
    assert np.isnan(with_missing[1])


def cases():
    """Paired differences of binary and of graded scores, in several datasets, for the better, the worse and neither."""
    generator = np.random.default_rng(2)
    for n in (1, 3, 5, 6, 8, 12, 25, 60, 200):
        for shift in (-0.9, -0.3, 0.0, 0.2, 0.6):
            graded = np.clip(generator.normal(shift, 0.4, n), -1, 1)
            yield graded, np.arange(n) % 3
            yield np.round(graded), np.arange(n) % 2


def test_the_interval_of_the_sign_flip_test_excludes_zero_exactly_where_p_is_below_its_level():
    proven = 0
    for gap, strata in cases():
        p_value, low, high = sign_flip_test(gap, strata, 999, np.random.default_rng(0))
        assert -1 <= low <= high <= 1
        assert (p_value < 0.05) == (low > 0 or high < 0), (gap, p_value, low, high)
        proven += p_value < 0.05
    assert proven > 10


def test_no_few_questions_prove_anything():
    lost = [sign_flip_test(np.full(n, -1.0), np.zeros(n, int), 4000, np.random.default_rng(0)) for n in (3, 5, 8)]
    assert [p_value < 0.05 for p_value, _, _ in lost] == [False, False, True]
    assert (lost[0][1], lost[0][2]) == (-1, 1)


def test_the_test_and_its_p_value_are_the_one_of_the_leaderboard():
    gap, strata = np.random.default_rng(1).normal(0.05, 0.3, 90), np.arange(90) % 3
    gap[::7] = np.nan
    [expected] = sign_flip_p_values(gap[:, None], strata, 40_000, np.random.default_rng(0))
    assert sign_flip_test(gap, strata, 40_000, np.random.default_rng(0))[0] == pytest.approx(expected, abs=0.01)
    assert np.isnan(sign_flip_test(np.full(3, np.nan), np.zeros(3, int), 100, np.random.default_rng(0))).all()


def test_the_tests_interval_covers_the_truth_as_often_as_it_says():
    generator, hits = np.random.default_rng(6), 0
    for _ in range(300):
        gap = generator.normal(0.1, 0.3, 80)
        _, low, high = sign_flip_test(gap, np.arange(80) % 4, 499, generator)
        hits += low <= 0.1 <= high
    assert 0.91 <= hits / 300 <= 0.985


def jeffreys_by_integration(right, n):
    """Both ends of the middle 95 % of the density p^(k - 1/2) (1 - p)^(n - k - 1/2), by quadrature and bisection."""

    def mass(upper):  # p = sin(t)^2 takes the poles out of the density
        return quad(lambda t: 2 * np.sin(t) ** (2 * right) * np.cos(t) ** (2 * (n - right)), 0, upper)[0]

    total, ends = mass(np.pi / 2), []
    for level in (0.025, 0.975):
        low, high = 0.0, np.pi / 2
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if mass(middle) < level * total else (low, middle)
        ends.append(np.sin(low) ** 2)
    return ends


@pytest.mark.parametrize(("right", "n"), [(6, 6), (0, 1), (7, 29), (14, 28)])
def test_the_interval_of_a_few_shares_is_jeffreys(right, n):
    low, high = jeffreys_by_integration(right, n)
    exact = share_estimate(right / n, n)
    assert exact.low == pytest.approx(0 if right == 0 else low, abs=1e-6)
    assert exact.high == pytest.approx(1 if right == n else high, abs=1e-6)
    scores = np.repeat([1.0, 0.0], [right, n - right])
    drawn = mean_estimate(scores, np.zeros(n, dtype=int), 20_000, np.random.default_rng(0), A_SHARE)
    assert (drawn.value, drawn.n) == (right / n, n)
    assert (drawn.low, drawn.high) == pytest.approx((exact.low, exact.high), abs=0.01)


def test_macro_averages_of_few_questions_are_those_of_independent_posteriors():
    strata = np.repeat([0, 1], [5, 9])
    scores = np.array([1.0] * 5 + [1.0] * 3 + [0.0] * 6)
    columns = np.column_stack([scores, np.ones(14)])
    sums = bayesian_sums(columns, strata, 20_000, np.random.default_rng(0), A_SHARE)
    found = np.percentile((sums[:, 1:, 0] / sums[:, 1:, 1]).mean(axis=0), [2.5, 50, 97.5])
    generator = np.random.default_rng(1)
    slow = (generator.beta(5.5, 0.5, 20_000) + generator.beta(3.5, 6.5, 20_000)) / 2
    assert found == pytest.approx(np.percentile(slow, [2.5, 50, 97.5]), abs=0.01)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=99), st.integers(0, 9))
def test_an_interval_of_few_questions_holds_the_value_and_is_never_a_point(scores, seed):
    strata = np.arange(len(scores)) % 3
    strata = np.unique(strata, return_inverse=True)[1]
    one = mean_estimate(np.array(scores), strata, 200, np.random.default_rng(seed), A_SHARE)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert one.high - one.low > 0.01


def test_from_a_hundred_questions_on_resamples_are_the_bootstraps():
    columns, strata = np.column_stack([np.arange(100) % 2, np.ones(100)]), np.arange(100) // 50
    plain = stratified_sums(columns, strata, 50, np.random.default_rng(3))
    assert (resampled_sums(columns, strata, 50, np.random.default_rng(3), 100, A_SHARE) == plain).all()
    assert (resampled_sums(columns, strata, 50, np.random.default_rng(3), 99, A_SHARE) != plain)[:, 1:, 0].any()


def test_few_questions_leave_the_draws_of_all_others_where_they_were():
    first, second = np.random.default_rng(3), np.random.default_rng(3)
    bayesian_sums(np.ones((4, 1)), np.zeros(4, dtype=int), 10, first)
    assert first.integers(1 << 30) == second.integers(1 << 30)


def test_an_interval_reaches_to_the_value_only_where_the_prior_pulls_it_away():
    values = np.array([1.0, 0.2, 0.4])
    assert interval_of(values, 6)[1] == 1.0
    assert interval_of(values, 160)[1] < 1.0
    assert estimate(np.array([np.nan, np.nan]), 0).low is None

import numpy as np
import pytest
from scipy.stats import beta

from tasks.measure.accuracy import difference, measure
from tasks.measure.intervals import stratified_sums
from tasks.measure.metrics.accuracy_micro import accuracy_micro
from tasks.measure.metrics.gain_at_best import gain_at_best
from tasks.measure.metrics.gain_at_random import gain_at_random

SYSTEMS = ["best-single", "random", "oracle", "majority", "mine"]
SHARED = [("best-single",), ("random",), ("majority",)]


def world(seed=0, n=90, missing=0.15):
    generator = np.random.default_rng(seed)
    scores = generator.random((len(SYSTEMS), n)).round(1)
    scores[generator.random(scores.shape) < missing] = np.nan
    return scores, generator.integers(0, 4, n)


def slow_macro(pairs):
    """Mean over strata of the mean of the values given as (stratum, value)."""
    strata = sorted({stratum for stratum, _ in pairs})
    return np.mean([np.mean([value for s, value in pairs if s == stratum]) for stratum in strata])


def common(scores, strata, first, second):
    return [
        (s, a, b)
        for s, a, b in zip(strata, scores[SYSTEMS.index(first)], scores[SYSTEMS.index(second)], strict=True)
        if not np.isnan(a) and not np.isnan(b)
    ]


def test_values_equal_plain_loops():
    scores, strata = world()
    measured = measure(SYSTEMS, scores, strata, 10, np.random.default_rng(0), SHARED)
    mine = SYSTEMS.index("mine")
    known = [(s, value) for s, value in zip(strata, scores[mine], strict=True) if not np.isnan(value)]
    assert measured.macro[0, mine] == pytest.approx(slow_macro(known))
    assert accuracy_micro(*measured.resampled(mine))[0] == pytest.approx(np.mean([value for _, value in known]))
    assert measured.n[:, mine].sum() == len(known)
    for baseline in ("best-single", "majority"):
        both = common(scores, strata, "mine", baseline)
        assert measured.differences(baseline)[0, mine] == pytest.approx(slow_macro([(s, a - b) for s, a, b in both]))
        assert measured.common(baseline)[mine] == len(both)
    both = common(scores, strata, "mine", "random")
    ratios = []
    for stratum in range(4):
        inside = [(a, b) for s, a, b in both if s == stratum]
        ratios.append(np.mean([a for a, _ in inside]) / np.mean([b for _, b in inside]) - 1)
    assert gain_at_random(*measured.resampled(mine, ("random",)))[0] == pytest.approx(np.mean(ratios))


def test_a_baseline_gains_nothing_on_itself():
    scores, strata = world()
    measured = measure(SYSTEMS, scores, strata, 50, np.random.default_rng(0), SHARED)
    assert (gain_at_best(*measured.resampled(0, ("best-single",))) == 0).all()
    assert (measured.differences("majority")[:, 3] == 0).all()


def test_resamples_are_those_of_a_plain_loop():
    scores, strata = world(missing=0)
    measured = measure(SYSTEMS, scores, strata, 4000, np.random.default_rng(0))
    generator, slow = np.random.default_rng(1), []
    for _ in range(4000):
        means = []
        for stratum in range(4):
            inside = np.flatnonzero(strata == stratum)
            means.append(scores[4, generator.choice(inside, len(inside))].mean())
        slow.append(np.mean(means))
    fast = measured.macro[1:, 4]
    assert np.percentile(fast, [2.5, 50, 97.5]) == pytest.approx(np.percentile(slow, [2.5, 50, 97.5]), abs=0.006)


def test_a_system_without_any_verdict_has_no_value():
    scores, strata = world()
    scores[4] = np.nan
    measured = measure(SYSTEMS, scores, strata, 20, np.random.default_rng(0))
    assert np.isnan(measured.macro[:, 4]).all()
    assert measured.n[:, 4].sum() == 0


def test_difference_finds_a_planted_effect_and_is_silent_without_one():
    generator = np.random.default_rng(4)
    before = (generator.random(400) < 0.5).astype(float)
    after = np.where(generator.random(400) < 0.15, 1.0, before)
    strata = np.arange(400) % 5
    found = difference(after, before, strata, 2000, np.random.default_rng(0))
    assert found.difference == pytest.approx((after - before).mean())  # strata of equal size
    assert 0 < found.ci_low < found.difference < found.ci_high
    assert found.p_value < 0.01
    same = difference(before, before, strata, 200, np.random.default_rng(0))
    assert (same.difference, same.ci_low, same.ci_high, same.p_value, same.n) == (0, 0, 0, 1, 400)


def jeffreys(right, n, level):
    return float(beta.ppf(level, right + 0.5, n - right + 0.5))


def test_few_questions_have_the_interval_of_their_posterior_for_every_system_and_difference():
    scores = np.array([[1.0] * 6, [1.0, 1.0, 1.0, 0.0, 0.0, 0.0], [1.0] * 6, [1.0] * 5 + [np.nan]])
    systems = ["best-single", "random", "oracle", "mine"]
    measured = measure(systems, scores, np.zeros(6, dtype=int), 20_000, np.random.default_rng(0), [("best-single",)])
    for place, (right, n) in enumerate([(6, 6), (3, 6), (6, 6), (5, 5)]):
        for values in (measured.macro[1:, place], measured.by_dataset[0, 1:, place]):
            ends = [jeffreys(right, n, level) for level in (0.025, 0.975)]
            assert np.percentile(values, [2.5, 97.5]) == pytest.approx(ends, abs=0.01)
    # two that never differed in six questions may well differ in the seventh
    low, high = np.percentile(measured.differences("best-single")[1:, systems.index("oracle")], [2.5, 97.5])
    assert low < -0.02 < 0.02 < high


def test_only_figures_of_few_questions_change():
    generator = np.random.default_rng(0)
    scores = (generator.random((3, 132)) < 0.6).astype(float)
    systems, strata = ["best-single", "oracle", "mine"], np.repeat([0, 1], [120, 12])
    mixed = measure(systems, scores, strata, 300, np.random.default_rng(5))
    alone = measure(systems, scores[:, :120], strata[:120], 300, np.random.default_rng(5))
    assert (mixed.by_dataset[0] == alone.by_dataset[0]).all()
    plain = stratified_sums(scores.T, strata, 300, np.random.default_rng(5)) / np.array([120, 12])[:, None, None]
    assert mixed.macro == pytest.approx(plain.mean(axis=0))  # of 132 questions: the bootstrap
    assert np.abs(mixed.by_dataset[1, 1:] - plain[1, 1:]).max() > 0.01  # of 12


def test_a_dataset_without_a_verdict_of_a_system_does_not_count_for_it():
    scores = np.ones((2, 10))
    scores[1, 5:] = np.nan
    measured = measure(["best-single", "mine"], scores, np.repeat([0, 1], 5), 50, np.random.default_rng(0))
    assert np.isnan(measured.by_dataset[1, :, 1]).all()
    assert measured.macro[:, 1] == pytest.approx(measured.by_dataset[0, :, 1])
    assert accuracy_micro(*measured.resampled(1)) == pytest.approx(measured.by_dataset[0, :, 1])

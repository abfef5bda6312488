"""McNemar's test by counting coin flips, and the difference that a run can see by simulating runs."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest

from profiles.statistics import Statistics
from tasks.measure.comparison import Comparison, comparison_of, mcnemar, power_of, std_error

ROW = {"system": "mine", "baseline": "best-single", "difference": 0.03, "ci_low": 0.01, "ci_high": 0.05, "n": 900}
TESTED = ROW | {"p_value": 0.001, "p_holm": 0.01, "won": 40, "lost": 13, "p_mcnemar": 0.0003, "std_error": 0.01}


@pytest.mark.parametrize(("won", "lost"), [(0, 5), (9, 1), (7, 7), (12, 4)])
def test_mcnemar_is_the_chance_of_coins_that_are_no_less_uneven(won, lost):
    gaps = np.array([1.0] * won + [-0.5] * lost + [0.0] * 30 + [np.nan] * 4)
    coins = won + lost
    uneven = (heads for heads in range(coins + 1) if abs(2 * heads - coins) >= abs(won - lost))
    expected = sum(comb(coins, heads) for heads in uneven) / 2**coins
    assert mcnemar(gaps) == (won, lost, pytest.approx(expected))


def test_systems_that_never_differ_prove_nothing():
    assert mcnemar(np.zeros(50)) == (0, 0, 1.0)
    assert std_error(np.zeros(200)) is None
    assert std_error(np.empty(0)) is None


def test_a_difference_that_can_be_seen_is_found_in_eight_of_ten_runs():
    generator, n, error = np.random.default_rng(0), 400, 0.5 / 20
    seen = comparison_of(TESTED | {"std_error": error}, Statistics()).detectable
    runs = generator.normal(seen, 0.5, (4000, n))
    found = np.abs(runs.mean(axis=1)) > 1.96 * runs.std(axis=1, ddof=1) / np.sqrt(n)
    assert found.mean() == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({}, "better"),
        ({"difference": -0.03}, "worse"),
        ({"difference": 0.004}, "negligible"),
        ({"p_holm": 0.2}, "unproven"),
        ({"p_holm": None}, None),
    ],
)
def test_the_finding_goes_by_the_corrected_p_and_the_minimum_effect(changes, finding):
    assert comparison_of(TESTED | changes, Statistics()).finding == finding


def test_an_evaluation_from_before_says_nothing_new():
    blank = dict.fromkeys(("won", "lost", "p_mcnemar", "std_error"))
    found = comparison_of(TESTED | blank, Statistics())
    assert found == Comparison(**(TESTED | blank), finding="better")
    assert power_of([found]) == ""


def test_the_line_on_power_is_of_what_was_tested_against_the_best_single_model():
    one = comparison_of(TESTED, Statistics())
    assert power_of([one]) == "This run can see a difference to the best single model from 2.8 points on with 80 %"
    others = [
        replace(one, detectable=0.012),
        replace(one, detectable=0.05, baseline="majority"),
        replace(one, detectable=0.05, p_value=None),
    ]
    assert power_of([one, *others]).endswith("from 2.0 points on with 80 %, 1.2 to 2.8 by system")


@pytest.mark.parametrize(("n", "std_error"), [(5, 0.1), (8, 0.4)])
def test_a_run_that_can_see_no_difference_says_so(n, std_error):
    one = comparison_of(TESTED | {"n": n, "std_error": std_error}, Statistics())
    assert one.detectable is None
    assert power_of([one]) == "This run has too few questions to see a difference to the best single model"


def test_no_difference_of_fewer_than_six_questions_can_be_seen():
    assert comparison_of(TESTED | {"n": 12}, Statistics()).detectable == 0.5
    assert 2 ** (1 - 6) < Statistics().alpha <= 2 ** (1 - 5)

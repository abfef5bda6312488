import numpy as np
import pytest

from tasks.measure.gains import macro, mean_of_ratios, ratio_of_means
from tasks.measure.metrics.gap_at_oracle import gap_at_oracle
from tasks.measure.metrics.gap_at_oracle_ratio import gap_at_oracle_ratio
from tasks.measure.resampled import Resampled

SYSTEM = np.array([0.6, 0.9])
REFERENCE = np.array([0.5, 0.6])


def test_both_definitions_by_hand():
    assert mean_of_ratios(SYSTEM, REFERENCE) == pytest.approx((0.2 + 0.5) / 2)
    assert ratio_of_means(SYSTEM, REFERENCE) == pytest.approx(0.75 / 0.55 - 1)


def test_gap_is_what_is_missing_to_the_oracle():
    n = np.ones((2, 1))
    system, oracle = Resampled(SYSTEM[:, None], n), Resampled(np.array([[0.8], [1.0]]), n)
    assert gap_at_oracle(system, oracle) == pytest.approx((0.25 + 0.1) / 2)
    assert gap_at_oracle_ratio(system, oracle) == pytest.approx(1 - 0.75 / 0.9)


def test_older_table_of_the_paper():
    # 71.24 against random 48.79 and oracle 91.64 (LLMRouterBench reference, section 4.2)
    assert ratio_of_means(np.array([71.24]), np.array([48.79])) == pytest.approx(0.460, abs=5e-4)
    assert ratio_of_means(np.array([71.24]), np.array([91.64])) == pytest.approx(-0.223, abs=5e-4)


def test_a_dataset_without_a_ratio_is_left_out():
    system, reference = np.array([0.0, 0.9, np.nan]), np.array([0.0, 0.6, np.nan])
    assert mean_of_ratios(system, reference) == pytest.approx(0.5)
    assert np.isnan(mean_of_ratios(np.array([0.0]), np.array([0.0])))
    assert np.isnan(ratio_of_means(np.array([0.0]), np.array([0.0])))
    assert np.isnan(macro(np.array([np.nan])))


@pytest.mark.parametrize("datasets", [1, 3, 9, 30])
def test_a_mean_is_the_same_to_the_last_digit_whatever_stands_beside_it(datasets):
    values = np.random.default_rng(datasets).random((datasets, 4, 3))
    values[values < 0.1] = np.nan
    assert (macro(values)[2, 1] == macro(values[:, 2:3, 1])[0]) or np.isnan(macro(values)[2, 1])

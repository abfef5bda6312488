import numpy as np
import pytest

from tasks.measure.gains import macro, mean_of_ratios, ratio_of_means

SYSTEM = np.array([0.6, 0.9])
REFERENCE = np.array([0.5, 0.6])


def test_both_definitions_by_hand():
    assert mean_of_ratios("gain_at_random", SYSTEM, REFERENCE) == pytest.approx((0.2 + 0.5) / 2)
    assert ratio_of_means("gain_at_random", SYSTEM, REFERENCE) == pytest.approx(0.75 / 0.55 - 1)


def test_gap_is_what_is_missing_to_the_oracle():
    oracle = np.array([0.8, 1.0])
    assert mean_of_ratios("gap_at_oracle", SYSTEM, oracle) == pytest.approx((0.25 + 0.1) / 2)
    assert ratio_of_means("gap_at_oracle", SYSTEM, oracle) == pytest.approx(1 - 0.75 / 0.9)


def test_older_table_of_the_paper():
    # 71.24 against random 48.79 and oracle 91.64 (LLMRouterBench reference, section 4.2)
    assert ratio_of_means("gain_at_random", np.array([71.24]), np.array([48.79])) == pytest.approx(0.460, abs=5e-4)
    assert ratio_of_means("gap_at_oracle", np.array([71.24]), np.array([91.64])) == pytest.approx(0.223, abs=5e-4)


def test_a_dataset_without_a_ratio_is_left_out():
    system, reference = np.array([0.0, 0.9, np.nan]), np.array([0.0, 0.6, np.nan])
    assert mean_of_ratios("gain_at_best", system, reference) == pytest.approx(0.5)
    assert np.isnan(mean_of_ratios("gain_at_best", np.array([0.0]), np.array([0.0])))
    assert np.isnan(ratio_of_means("gain_at_best", np.array([0.0]), np.array([0.0])))
    assert np.isnan(macro(np.array([np.nan])))

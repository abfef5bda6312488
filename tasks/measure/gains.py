"""LLMRouterBench's gains (reference, section 4.2), in both definitions that its tables use.

`gain_*` and `gap_*` are means over datasets of ratios (Gain@R, Gain@B, Gap@O); the names that end in `_ratio` are
ratios of the averages (the older ImpRand, ImpMax, OracleGap), which a hard dataset cannot dominate.
"""

import warnings

import numpy as np

REFERENCES = {"gain_at_random": "random", "gain_at_best": "best-single", "gap_at_oracle": "oracle"}
"""Metric → the null baseline it is measured against."""


def mean_of_ratios(metric: str, system: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Mean over datasets of system / reference - 1 (gains), or of 1 - system / reference (gap).

    Args:
        metric: a key of `REFERENCES`.
        system: (D, ...) accuracies; NaN where the two have no common question.
        reference: (D, ...) accuracies on the same questions; datasets where it is 0 have no ratio and are left out.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(reference > 0, system / reference, np.nan) - 1.0
    return _signed(metric, macro(ratio))


def ratio_of_means(metric: str, system: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Macro accuracy of the system over that of the reference, - 1 (gains) or from 1 (gap); arguments as above."""
    average = macro(reference)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(average > 0, macro(system) / average, np.nan) - 1.0
    return _signed(metric, ratio)


def gap_closed(system: np.ndarray, best: np.ndarray, oracle: np.ndarray) -> np.ndarray:
    """Share of the way from the best single model to the oracle that a system goes, by macro accuracy.

    0 is as good as the best single model, 1 as the oracle, below 0 worse than the best single model.

    Args:
        system: (D, ...) accuracies; NaN where the three have no common question.
        best: (D, ...) of the best single model on the same questions; `oracle` likewise.

    Returns:
        (...); NaN where there is no gap.
    """
    gap = macro(oracle) - macro(best)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(gap > 1e-12, (macro(system) - macro(best)) / gap, np.nan)


def macro(by_dataset: np.ndarray) -> np.ndarray:
    """Unweighted mean over datasets, the first axis; NaN ones are left out."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        return np.nanmean(by_dataset, axis=0)


def _signed(metric: str, ratio: np.ndarray) -> np.ndarray:
    return 0.0 - ratio if metric.startswith("gap") else ratio

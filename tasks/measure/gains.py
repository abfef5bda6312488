"""LLMRouterBench's gains (reference, section 4.2), in both definitions that its tables use.

Gain@R, Gain@B and Gap@O are means over datasets of ratios; the older ImpRand, ImpMax and OracleGap are ratios of the
averages, which a hard dataset cannot dominate.
"""

from functools import reduce

import numpy as np

from profiles.arrays import Float


def mean_of_ratios(system: Float, reference: Float) -> Float:
    """Mean over datasets of system / reference - 1.

    Args:
        system: (D, ...) accuracies; NaN where the two have no common question.
        reference: (D, ...) accuracies on the same questions; datasets where it is 0 have no ratio and are left out.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return macro(np.where(reference > 0, system / reference, np.nan) - 1.0)


def ratio_of_means(system: Float, reference: Float) -> Float:
    """Macro accuracy of the system over that of the reference, - 1; arguments as above."""
    average = macro(reference)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(average > 0, macro(system) / average, np.nan) - 1.0


def macro(by_dataset: Float) -> Float:
    """Unweighted mean over datasets, the first axis; NaN ones are left out."""
    known = ~np.isnan(by_dataset)
    with np.errstate(invalid="ignore"):
        mean: Float = total(np.where(known, by_dataset, 0.0)) / known.sum(axis=0)
    return mean


def total(parts: Float) -> Float:
    """Sum over the first axis, one after the other: to the last digit the same for one system as for many."""
    return np.asarray(reduce(np.add, parts))


def ratio(sums: Float, count: Float) -> Float:
    """(D, 1 + B, ...) ratios; NaN where the resample, or the sample itself, has nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((count > 0) & (count[:, :1] > 0), sums / count, np.nan)

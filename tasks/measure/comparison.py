"""A system against a baseline on the same questions: how surely they differ, and which difference could be seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from statistics import NormalDist, median
from typing import Any

import numpy as np

from profiles.arrays import Float1D
from profiles.statistics import Statistics

POWER = 0.8
"""How often a difference that counts as one that can be seen is found."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Paired difference of macro accuracy, system minus baseline, on the questions both have a score for.

    p-values are None for systems that look at the test answers (the oracles); what an old evaluation did not say is
    None, too.

    Args:
        p_value: of a paired sign-flip test of the macro average; `p_holm` corrected over the run's family of them.
        won: questions on which the system's score is the higher one; `lost` those on which the baseline's is.
        p_mcnemar: of McNemar's exact test of these two counts: for this comparison alone, every question alike.
        std_error: standard error of the difference.
        detectable: true difference that the test finds with a probability of `POWER`; None where it finds none, as
            so few questions leave it too few signs to flip.
        finding: better, worse, negligible (found, but below the minimum effect) or unproven, by `p_holm`.
    """

    system: str
    baseline: str
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    p_holm: float | None
    n: int
    won: int | None = None
    lost: int | None = None
    p_mcnemar: float | None = None
    std_error: float | None = None
    detectable: float | None = None
    finding: str | None = None


def mcnemar(differences: Float1D) -> tuple[int, int, float]:
    """Questions won and lost, and the two-sided p-value of McNemar's exact test; equal scores say nothing.

    Args:
        differences: (Q,) of scores, NaN where a pair has no common verdict; where scores are graded, this is the sign
            test.
    """
    from scipy.stats import binomtest

    won, lost = int((differences > 0).sum()), int((differences < 0).sum())
    return won, lost, float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def std_error(resampled: Float1D) -> float | None:
    """Standard deviation of (B,) resampled differences; None where there are none, or all are the same."""
    spread = float(np.std(resampled[~np.isnan(resampled)], ddof=1)) if (~np.isnan(resampled)).sum() > 1 else 0.0
    return spread if spread > 1e-12 else None


def comparison_of(row: dict[str, Any], statistics: Statistics) -> Comparison:
    """The comparison of a row of table `comparison`, judged by an evaluation's level and minimum effect."""
    told = {name: row[name] for name in Comparison.__dataclass_fields__ if name in row}
    return Comparison(**told, detectable=_detectable(row, statistics.alpha), finding=_finding(row, statistics))


def _detectable(row: dict[str, Any], alpha: float) -> float | None:
    if row["std_error"] is None or not row["n"]:
        return None
    changed = int(2 - log2(alpha))  # questions: so many signs, all alike, are the fewest with a p below alpha
    quantiles = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(POWER)
    seen: float = max(quantiles * row["std_error"], changed / row["n"])
    return seen if seen <= 1 else None


def _finding(row: dict[str, Any], statistics: Statistics) -> str | None:
    if row["p_holm"] is None or row["difference"] is None:
        return None
    if row["p_holm"] >= statistics.alpha:
        return "unproven"
    if abs(row["difference"]) < statistics.minimum_effect:
        return "negligible"
    return "better" if row["difference"] > 0 else "worse"


def power_of(comparisons: Iterable[Comparison]) -> str:
    """From which difference on a run can see one, in a sentence without its full stop; empty where that is unknown."""
    tested = [
        one
        for one in comparisons
        if one.baseline == "best-single" and one.p_value is not None and one.std_error is not None
    ]
    seen = sorted(100 * one.detectable for one in tested if one.detectable is not None)
    if not seen:
        return "This run has too few questions to see a difference to the best single model" if tested else ""
    ends = f", {seen[0]:.1f} to {seen[-1]:.1f} by system" if f"{seen[0]:.1f}" != f"{seen[-1]:.1f}" else ""
    return (
        f"This run can see a difference to the best single model from {median(seen):.1f} points on with "
        f"{100 * POWER:.0f} %{ends}"
    )

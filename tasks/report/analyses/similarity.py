"""Which routers are the same: how often they choose alike, and whether their accuracies are equivalent."""

from itertools import combinations

import numpy as np

from profiles.arrays import Float1D
from tasks.report.analysis import Evaluated, Figure, RunAnalysis, run_analyses

MARGIN = 0.01
"""Systems whose accuracies differ by less are the same."""


@run_analyses.register("similarity")
def similarity(run: Evaluated) -> RunAnalysis | None:
    """Every two routers, and each with the best single model: two one-sided tests within one point, and agreement."""
    pairs = list(combinations(run.paired.systems, 2))
    if not pairs:
        return None
    rows, same = [], 0
    for first, second in pairs:
        places = run.paired.systems.index(first)
        gaps = run.paired.differences(second)[:, places]
        low, high = equivalence_interval(gaps)
        alike = low > -MARGIN and high < MARGIN
        same += alike
        note = "the same within one point" if alike else "not shown to be the same"
        n = int(run.paired.common(second)[places])
        rows.append(
            Figure(f"{first} − {second}", float(gaps[0]), low, high, n, f"{note}{_agreement(run, first, second)}")
        )
    return RunAnalysis(
        "Similarity of routers",
        "Difference of macro accuracy of every two, questions resampled within dataset. Two are the same where the "
        "90 % interval shown here lies within one point on either side (two one-sided tests at 5 %).",
        "points",
        "difference, points",
        tuple(rows),
        f"{same} of {len(pairs)} pairs are the same within one point.",
        "verdict, and share of questions with the same model",
        level=90,
    )


def equivalence_interval(resampled: Float1D) -> tuple[float, float]:
    """The 90 % interval of (1 + B,) a difference and its resamples, which holds the difference itself."""
    low, high = np.nanpercentile(resampled[1:], [5, 95])
    return min(float(low), float(resampled[0])), max(float(high), float(resampled[0]))


def _agreement(run: Evaluated, first: str, second: str) -> str:
    if not {first, second} <= run.chosen.keys():
        return ""
    one, other = run.chosen[first], run.chosen[second]
    both = (one >= 0) & (other >= 0)
    if not both.any():
        return ""
    return f"; {100 * (one == other)[both].mean():.0f} % alike"

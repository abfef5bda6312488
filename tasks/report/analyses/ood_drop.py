"""What a router loses on datasets, or categories, that it never learned from."""

import numpy as np

from profiles.arrays import Float1D
from tasks.measure.intervals import Estimate, estimate
from tasks.report.analysis import Evaluated, Figure, RunAnalysis, run_analyses

_LEAVES = "leave-"  # splitters that hold whole datasets or categories out


@run_analyses.register("ood-drop")
def ood_drop(run: Evaluated) -> RunAnalysis | None:
    """The same systems on the same questions in two runs, of which one never learned from their dataset."""
    other = run.elsewhere
    if other is None or other.kind.startswith(_LEAVES) == other.own_kind.startswith(_LEAVES):
        return None
    left_out = other.own_kind.startswith(_LEAVES)  # this run is the one that holds out
    shared = [name for name in (*run.routers, "best-single") if name in other.scores and name in run.scores]
    rows = [
        Figure.of(name, _drop(run, *(of[name] for of in ((run.scores, other.scores)[:: 1 if left_out else -1]))))
        for name in shared
        if (~np.isnan(run.scores[name] - other.scores[name])).any()
    ]
    if not rows:
        return None
    proven = sum(row.high is not None and row.high < 0 for row in rows)
    return RunAnalysis(
        "Out of the distribution",
        f"Macro accuracy with splitter {other.own_kind if left_out else other.kind} less that with "
        f"{other.kind if left_out else other.own_kind}, on the questions that both runs tested (the other is profile "
        f"{other.profile}): below nothing is what a system loses where it never learned from the dataset.",
        "points",
        "change, points",
        tuple(rows),
        f"{proven} of {len(rows)} systems lose by an interval that excludes zero.",
    )


def _drop(run: Evaluated, held: Float1D, usual: Float1D) -> Estimate:
    found = run.macro({"held": held, "usual": usual}, [("usual",)])
    return estimate(found.differences("usual")[:, 0], int(found.common("usual")[0]))

"""Where the gap to the oracle comes from, by how many models solve a question."""

from itertools import pairwise

import numpy as np

from tasks.report.analysis import Evaluated, Figure, RunAnalysis, run_analyses


@run_analyses.register("oracle-gap")
def oracle_gap(run: Evaluated) -> RunAnalysis | None:
    """What each group of questions adds to the gap between the oracle and a router, and its recall at 1."""
    router = run.judged if run.judged in run.routers else next(iter(run.routers), None)
    if router is None:
        return None
    score = run.matrix.score
    best = np.where(np.isnan(score).all(axis=1), np.nan, np.nan_to_num(score, nan=-1.0).max(axis=1))
    lost = np.maximum(best - run.scores[router], 0.0)
    knowing = (np.nan_to_num(score) > 0).sum(axis=1)
    edges = [one for one in (1, 2, 4, 7, 12, 20) if one <= len(run.matrix.models)] + [len(run.matrix.models) + 1]
    parts = {_named(low, high - 1): (knowing >= low) & (knowing < high) for low, high in pairwise(edges)}
    gaps = run.macro({"all": lost} | {name: np.where(inside, lost, 0.0) for name, inside in parts.items()})
    rows = [Figure.of("all questions", gaps.accuracy(0), _there(run, router, knowing > 0))]
    for place, (name, inside) in enumerate(parts.items(), 1):
        rows.append(Figure.of(f"solved by {name}", gaps.accuracy(place), _there(run, router, inside)))
    widest = max(rows[1:], key=lambda row: row.value or 0.0)
    share = (widest.value or 0.0) / rows[0].value if rows[0].value else 0.0
    return RunAnalysis(
        f"Where the gap to the oracle comes from: {router}",
        "Macro accuracy that the oracle has and the router has not, by how many models of the pool solve a question; "
        "the groups add up to the whole. Recall at 1 is the router's accuracy where somebody solves the question: no "
        "router can lose anything where nobody does.",
        "share",
        "gap, points",
        tuple(rows),
        f"Questions {widest.label} make {100 * share:.0f} % of the gap.",
        "recall at 1, questions",
    )


def _named(low: int, high: int) -> str:
    models = f"{low}" if low == high else f"{low} to {high}"
    return f"{models} model{'s' if high > 1 else ''}"


def _there(run: Evaluated, router: str, inside: np.ndarray) -> str:
    own = run.scores[router][inside]
    return f"{100 * np.nanmean(own):.1f} % of {len(own):,}" if len(own) and not np.isnan(own).all() else "none"

"""Accuracy, cost and recorded latency together: what nothing else beats in all three."""

import numpy as np

from profiles import readable
from profiles.arrays import Bool1D, Float2D
from tasks.report import tables
from tasks.report.analysis import Evaluated, Figure, RunAnalysis, run_analyses

_COVERED = 0.95  # of the questions must have a known latency


@run_analyses.register("latency")
def latency(run: Evaluated) -> RunAnalysis | None:
    """Mean latency of models and routers, and the frontier of accuracy, cost and latency; unknown stays unknown."""
    if np.isnan(run.matrix.latency_s).all():
        return None
    seconds = {name: run.matrix.latency_s[:, at] for at, name in enumerate(run.matrix.models)}
    scores = {name: run.matrix.score[:, at] for at, name in enumerate(run.matrix.models)}
    costs = {name: run.matrix.cost_usd[:, at] for at, name in enumerate(run.matrix.models)}
    for router in run.routers:
        seconds[router] = run.of_chosen(router, run.matrix.latency_s)
        scores[router], costs[router] = run.scores[router], run.costs[router]
    known = [name for name, own in seconds.items() if (~np.isnan(own)).mean() >= _COVERED]
    if len(known) < 2:
        return None
    accuracy = run.macro({name: scores[name] for name in known}).macro[0]
    paid = np.array([_whole(costs[name]) for name in known])
    times = {name: run.mean(seconds[name]) for name in known}
    waits = np.array([times[name].value or np.nan for name in known])
    priced = not np.isnan(paid).any()
    best = unbeaten(np.column_stack([-accuracy, waits, *([paid] if priced else [])]))
    rows = [
        Figure.of(name, times[name], _note(float(accuracy[at]), float(paid[at]), bool(best[at])))
        for at, name in enumerate(known)
    ]
    dropped = len(seconds) - len(known)
    beyond = "" if not dropped else f" {dropped} more have too little known latency and are left out."
    objectives = "accuracy, cost and latency" if priced else "accuracy and latency (not every cost is known)"
    return RunAnalysis(
        "Accuracy, cost and latency",
        "Mean seconds until an answer was complete, as recorded; a router waits for the model it chooses. Nothing is "
        f"made up where no latency was recorded.{beyond}",
        "seconds",
        "latency, s",
        tuple(sorted(rows, key=lambda row: row.value or 0.0)),
        f"Nothing beats {tables.listed([name for name, on in zip(known, best, strict=True) if on])} in {objectives}.",
        "macro accuracy, cost per 1,000 questions",
    )


def unbeaten(worse: Float2D) -> Bool1D:
    """(P,) which of (P, K) points no other equals in all of K objectives and undercuts in one."""
    beats = (worse[:, None] <= worse[None]).all(axis=2) & (worse[:, None] < worse[None]).any(axis=2)
    alone: Bool1D = np.asarray(~beats.any(axis=0))
    return alone


def _whole(costs: np.ndarray) -> float:
    return float(np.nanmean(costs)) if (~np.isnan(costs)).mean() >= _COVERED else np.nan


def _note(accuracy: float, cost: float, best: bool) -> str:
    money = "" if np.isnan(cost) else f", {readable.dollars(1000 * cost)}"
    return f"{readable.percent(accuracy)} %{money}{' · unbeaten' if best else ''}"

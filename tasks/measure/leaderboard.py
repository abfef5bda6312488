"""From outcomes to rows of `metric` and `comparison`."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from tasks.measure.accuracy import AGAINST, Measured, measure
from tasks.measure.calibration import calibrate
from tasks.measure.intervals import holm, interval_of, sign_flip_p_values
from tasks.measure.outcomes import Outcomes

_HINDSIGHT = ("oracle", "dataset-oracle")  # they look at the test answers: there is no hypothesis to test
_METRIC: dict[str, Any] = {
    "system": pl.String, "dataset": pl.String, "metric": pl.String, "value": pl.Float64, "ci_low": pl.Float64,
    "ci_high": pl.Float64, "spread": pl.Float64, "n": pl.Int64,
}  # fmt: skip
_COMPARISON: dict[str, Any] = {
    "system": pl.String, "baseline": pl.String, "difference": pl.Float64, "ci_low": pl.Float64, "ci_high": pl.Float64,
    "p_value": pl.Float64, "p_holm": pl.Float64, "n": pl.Int64,
}  # fmt: skip


def leaderboard(
    outcomes: Sequence[Outcomes], datasets: np.ndarray, resamples: int, generator: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every metric and comparison of a run's systems.

    Accuracies are of per-question means over the seeds; intervals are about questions, `spread` is about seeds and the
    two are never mixed. `accuracy_by_seed` is the mean over seeds of each seed's macro accuracy (LLMRouterBench's
    AvgAcc). p-values of the run form one Holm family.

    Args:
        outcomes: one per system, on the same matrix.
        datasets: (Q,) dataset of each question.
        resamples: of the bootstrap and of the sign-flip test.
        generator: source of both.

    Returns:
        Rows of `metric` and of `comparison`, without the columns that say where they come from.
    """
    asked = ~np.isnan(np.stack([system.call for system in outcomes])).all(axis=0)
    names, strata = np.unique(datasets[asked], return_inverse=True)
    systems = [system.system for system in outcomes]
    scores = np.stack([system.score[asked] for system in outcomes])
    all_seeds = measure(systems, scores, strata, resamples, generator)
    by_seed = [
        measure(systems, np.stack([system.scores[seed, asked] for system in outcomes]), strata, 0, generator)
        for seed in range(len(outcomes[0].scores))
    ]
    rows = [*_accuracy_rows(all_seeds, by_seed, names), *_overall_rows(all_seeds, by_seed)]
    for system in outcomes:
        rows += _effort_rows(system.system, system.call[asked], system.cost[asked], strata, names)
        rows += _calibration_rows(system, asked, strata, resamples, generator)
    metrics = pl.DataFrame(rows, schema=_METRIC, orient="row").fill_nan(None)
    return metrics, _comparisons(all_seeds, scores, strata, resamples, generator)


def _accuracy_rows(measured: Measured, by_seed: Sequence[Measured], names: np.ndarray) -> Iterator[tuple[Any, ...]]:
    for stratum, dataset in enumerate(names):
        spread = _spread([seed.by_dataset[stratum, 0] for seed in by_seed])
        for place, system in enumerate(measured.systems):
            one = measured.accuracy_in(stratum, place)
            if one.n:
                yield system, dataset, "accuracy", one.value, one.low, one.high, spread[place], one.n


def _overall_rows(measured: Measured, by_seed: Sequence[Measured]) -> Iterator[tuple[Any, ...]]:
    n = measured.n.sum(axis=0).astype(int)
    for metric, values in measured.overall.items():
        low, high = interval_of(values, n)
        spread = _spread([seed.overall[metric][0] for seed in by_seed])
        for place, system in enumerate(measured.systems):
            ends = low[place], high[place]
            if metric == "accuracy":
                one = measured.accuracy(place)
                ends = one.low, one.high
            yield system, "*", metric, values[0, place], *ends, spread[place], n[place]
    seeds = np.stack([seed.overall["accuracy"][0] for seed in by_seed])
    spread = _spread(list(seeds))
    for place, system in enumerate(measured.systems):
        known = seeds[~np.isnan(seeds[:, place]), place]
        value = known.mean() if len(known) else None
        yield system, "*", "accuracy_by_seed", value, None, None, spread[place], n[place]


def _effort_rows(
    system: str, calls: np.ndarray, costs: np.ndarray, strata: np.ndarray, names: np.ndarray
) -> Iterator[tuple[Any, ...]]:
    """Calls of the questions that were asked, and cost of those whose cost is known, per dataset and in all."""
    asked = ~np.isnan(calls)
    parts: list[tuple[str, np.ndarray]] = [(str(name), asked & (strata == code)) for code, name in enumerate(names)]
    for dataset, inside in [*parts, ("*", asked)]:
        n = int(inside.sum())
        if n:
            yield system, dataset, "calls", calls[inside].sum(), None, None, None, n
            paid = inside & ~np.isnan(costs)
            cost = costs[paid].sum() if paid.any() else None
            yield system, dataset, "cost_usd", cost, None, None, None, int(paid.sum())


def _calibration_rows(
    system: Outcomes, asked: np.ndarray, strata: np.ndarray, resamples: int, generator: np.random.Generator
) -> Iterator[tuple[Any, ...]]:
    """Brier score and expected calibration error, all questions pooled, of a system that states probabilities."""
    if system.probabilities is None:
        return
    found = calibrate(system.probabilities[:, asked], system.scores[:, asked], strata, resamples, generator)
    if found is not None:
        for metric, one in (("brier", found.brier), ("calibration_error", found.error)):
            yield system.system, "*", metric, one.value, one.low, one.high, None, one.n


def _comparisons(
    measured: Measured, scores: np.ndarray, strata: np.ndarray, flips: int, generator: np.random.Generator
) -> pl.DataFrame:
    place_of = {system: place for place, system in enumerate(measured.systems)}
    rows: list[dict[str, Any]] = []
    done: list[str] = []  # a baseline is not compared with an earlier one: that would be the same test twice
    for baseline in (name for name in AGAINST if name in place_of):
        done.append(baseline)
        values = measured.differences[baseline]
        low, high = interval_of(values, measured.common[baseline])
        p_values = sign_flip_p_values((scores - scores[place_of[baseline]]).T, strata, flips, generator)
        for system, place in place_of.items():
            if system not in done:
                p_value = None if system in _HINDSIGHT else p_values[place]
                n = int(measured.common[baseline][place])
                row = (system, baseline, values[0, place], low[place], high[place], p_value, None, n)
                rows.append(dict(zip(_COMPARISON, row, strict=True)))
    frame = pl.DataFrame(rows, schema=_COMPARISON).fill_nan(None)
    corrected = holm(frame["p_value"].to_numpy())
    return frame.with_columns(p_holm=pl.Series(corrected, dtype=pl.Float64, nan_to_null=True))


def _spread(values: list[np.ndarray]) -> np.ndarray:
    """Standard deviation over the seeds that have a value; NaN with fewer than two."""
    stacked = np.stack(values)
    known = ~np.isnan(stacked)
    count = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = np.where(known, stacked - np.where(known, stacked, 0.0).sum(axis=0) / count, 0.0)
        return np.where(count > 1, np.sqrt((centred**2).sum(axis=0) / (count - 1)), np.nan)

"""From outcomes to rows of `metric` and `comparison`."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from profiles.arrays import Bool1D, Int1D, Object
from tasks.measure.accuracy import AGAINST, Baselines, measure
from tasks.measure.calibration import Calibration, calibrate
from tasks.measure.comparison import mcnemar, std_error
from tasks.measure.coverage import Gap
from tasks.measure.figures import METRIC, UNTESTED, Figures
from tasks.measure.intervals import holm, interval_of, sign_flip_p_values
from tasks.measure.metric import every_metric
from tasks.measure.outcomes import Outcomes

_COMPARISON: dict[str, Any] = {
    "system": pl.String,
    "baseline": pl.String,
    "difference": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "p_value": pl.Float64,
    "p_holm": pl.Float64,
    "n": pl.Int64,
    "won": pl.Int64,
    "lost": pl.Int64,
    "p_mcnemar": pl.Float64,
    "std_error": pl.Float64,
}


class Board(NamedTuple):
    """Rows of `metric` and of `comparison`, without the columns that say where they come from, and what has no row."""

    metrics: pl.DataFrame
    comparisons: pl.DataFrame
    gaps: list[Gap]


def leaderboard(
    outcomes: Sequence[Outcomes], datasets: Object, resamples: int, generator: np.random.Generator
) -> Board:
    """Every metric and comparison of a run's systems.

    Accuracies are of per-question means over the seeds; intervals are about questions, `spread` is about seeds and the
    two are never mixed. p-values of the run form one Holm family; only systems at their own operating point are
    compared, for the best of many points is found by looking, and further points and models move no number of theirs.
    A metric that fails costs only its own rows.

    Args:
        outcomes: one per system, on the same matrix.
        datasets: (Q,) dataset of each question.
        resamples: of the bootstrap and of the sign-flip test.
        generator: source of both.
    """
    kinds, gaps = every_metric()
    pairs = [kind.against for kind in kinds if kind.level == "pair"]
    compared = [one for one in outcomes if one.role == "system"]
    same = deepcopy(generator)  # the same resamples: what is of all is paired with what is of the compared
    figures = figures_of(compared, datasets, resamples, generator, pairs)
    every = figures_of(outcomes, datasets, resamples, same, pairs) if len(compared) < len(outcomes) else figures
    rows: list[tuple[Any, ...]] = []
    for kind in kinds:
        try:
            of_each = figures.rows(kind) if kind.level in ("system", "pair") else []
            rows += [*of_each, *every.rows(kind, without=figures.measured.systems)]
        except Exception as error:  # a plug-in may raise anything
            gaps.append(Gap("metric", kind.name, 0, 0, f"it cannot be computed: {error!r}"))
    metrics = pl.DataFrame(rows, schema=METRIC, orient="row").fill_nan(None)
    return Board(metrics, _comparisons(figures, resamples, generator), gaps)


def figures_of(
    outcomes: Sequence[Outcomes],
    datasets: Object,
    resamples: int,
    generator: np.random.Generator,
    against: Iterable[Baselines],
) -> Figures:
    """What metrics are made of, of the questions that any system was asked; see `leaderboard`.

    Args:
        outcomes: one per system.
        datasets: (Q,) dataset of each question.
        resamples: of the bootstrap.
        generator: their source.
        against: what metrics of pairs are measured against.
    """
    asked = ~np.isnan(np.stack([one.call for one in outcomes])).all(axis=0)
    names, strata = np.unique(datasets[asked], return_inverse=True)
    systems = [one.system for one in outcomes]
    shared = [of for of in [*((name,) for name in AGAINST), *against] if set(of) <= set(systems)]
    score, cost, call = np.stack([(one.score, one.cost, one.call) for one in outcomes], axis=1)[:, :, asked]
    by_seed = np.stack([one.scores[:, asked] for one in outcomes], axis=1)
    same = deepcopy(generator)
    return Figures(
        measured=measure(systems, score, strata, resamples, generator, shared, cost),
        by_seed=[measure(systems, scores, strata, 0, generator, shared) for scores in by_seed],
        scores=score,
        calls=call,
        costs=cost,
        calibrations=[_calibration(one, asked, strata, resamples, deepcopy(same)) for one in outcomes],
        methods=[one.method or one.system for one in outcomes],
        roles=[one.role for one in outcomes],
        datasets=names.tolist(),
        strata=strata,
    )


def _calibration(
    system: Outcomes, asked: Bool1D, strata: Int1D, resamples: int, generator: np.random.Generator
) -> Calibration | None:
    if system.probabilities is None:
        return None
    return calibrate(system.probabilities[:, asked], system.scores[:, asked], strata, resamples, generator)


def _comparisons(figures: Figures, flips: int, generator: np.random.Generator) -> pl.DataFrame:
    measured, scores, strata = figures.measured, figures.scores, figures.strata
    place_of = {system: place for place, system in enumerate(measured.systems)}
    rows: list[dict[str, Any]] = []
    done: list[str] = []  # a baseline is not compared with an earlier one: that would be the same test twice
    for baseline in (name for name in AGAINST if name in place_of):
        done.append(baseline)
        values = measured.differences(baseline)
        common = measured.common(baseline)
        low, high = interval_of(values, common)
        gaps = scores - scores[place_of[baseline]]
        p_values = sign_flip_p_values(gaps.T, strata, flips, generator)
        for system, place in place_of.items():
            if system not in done:
                won, lost, p_mcnemar = mcnemar(gaps[place])
                tests = (None, None) if system in UNTESTED else (p_values[place], p_mcnemar)
                ends = values[0, place], low[place], high[place]
                counts = int(common[place]), won, lost
                row = (system, baseline, *ends, tests[0], None, *counts, tests[1], std_error(values[1:, place]))
                rows.append(dict(zip(_COMPARISON, row, strict=True)))
    frame = pl.DataFrame(rows, schema=_COMPARISON).fill_nan(None)
    corrected = holm(frame["p_value"].to_numpy())
    return frame.with_columns(p_holm=pl.Series(corrected, dtype=pl.Float64, nan_to_null=True))

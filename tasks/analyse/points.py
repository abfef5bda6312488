"""Points of a study: accuracy with its interval, paired difference to the base, calls and cost."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from tasks.analyse.answer import Answers
from tasks.analyse.study import Study
from tasks.measure.accuracy import measure
from tasks.measure.intervals import draws, percentile_interval

SCHEMA: dict[str, Any] = {
    "study": pl.String,
    "position": pl.Int32,
    "setting": pl.String,
    "series": pl.String,
    "x": pl.Float64,
    "base": pl.Boolean,
    "dataset": pl.String,
    "accuracy": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "calls": pl.Float64,
    "cost_usd": pl.Float64,
    "n": pl.Int64,
}


class Accumulator:
    """Sums of a setting's answers over seeds and draws, question by question.

    Args:
        questions: number of questions Q in the matrix.
    """

    def __init__(self, questions: int) -> None:
        self._sums = np.zeros((3, questions))
        self._counts = np.zeros((3, questions))

    def add(self, tested: np.ndarray, answers: Answers) -> None:
        """Count the answers to the questions at these positions."""
        values = np.stack([answers.scores, answers.calls, answers.costs])
        known = ~np.isnan(values)
        self._sums[:, tested] += np.where(known, values, 0.0)
        self._counts[:, tested] += known

    @property
    def means(self) -> np.ndarray:
        """(3, Q) mean score, calls and cost; NaN where there is none."""
        return np.where(self._counts > 0, self._sums / np.maximum(self._counts, 1), np.nan)


def study_points(study: Study, answered: Sequence[Accumulator], datasets: np.ndarray, resamples: int) -> pl.DataFrame:
    """Rows of a study, one per setting and dataset; dataset `*` is the macro average.

    Differences are over the questions that both settings have a verdict for; questions are resampled within dataset,
    the same resample for all settings.

    Args:
        study: gives settings and base.
        answered: of its settings, in order.
        datasets: (Q,) dataset of every question.
        resamples: of the bootstrap.
    """
    values = np.stack([accumulator.means for accumulator in answered])
    kept = ~np.isnan(values[:, 0]).all(axis=0)
    names, strata = np.unique(datasets[kept], return_inverse=True)
    systems = [str(at) for at in range(len(answered))]
    base = systems[study.base_at]
    measured = measure(systems, values[:, 0, kept], strata, resamples, draws(), [(base,)])
    by_dataset = measured.differences_by_dataset(base)
    rows: list[dict[str, Any]] = []
    for at, setting in enumerate(study.settings):
        about = {
            "study": study.name,
            "position": at,
            "setting": setting.label,
            "series": setting.series,
            "x": setting.x,
            "base": at == study.base_at,
        }
        parts = [("*", measured.macro, measured.differences(base), np.ones(len(strata), bool))]
        parts += [(name, measured.by_dataset[d], by_dataset[d], strata == d) for d, name in enumerate(names)]
        for name, accuracy, difference, inside in parts:
            mine = values[at][:, kept][:, inside]
            rows.append(
                about
                | {"dataset": name, "calls": _mean(mine[1]), "cost_usd": _mean(mine[2])}
                | {"n": int((~np.isnan(mine[0])).sum())}
                | _ends("accuracy", "ci_low", "ci_high", accuracy[:, at])
                | _ends("difference", "difference_low", "difference_high", difference[:, at])
            )
    return pl.DataFrame(rows, schema=SCHEMA).with_columns(pl.col(pl.Float64).fill_nan(None))


def _ends(value: str, low: str, high: str, resampled: np.ndarray) -> dict[str, float]:
    ends = percentile_interval(resampled[1:])
    return {value: float(resampled[0]), low: float(ends[0]), high: float(ends[1])}


def _mean(values: np.ndarray) -> float | None:
    """Mean over questions; None when that of any question is unknown."""
    return None if np.isnan(values).any() or not len(values) else float(values.mean())

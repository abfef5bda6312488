"""Every metric of every system, method and field, as rows of table `metric`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from profiles.arrays import Float2D, Int1D
from tasks.measure.accuracy import Baselines, Measured
from tasks.measure.calibration import Calibration
from tasks.measure.intervals import Estimate, estimate
from tasks.measure.metric import Figure, Metric
from tasks.measure.outcomes import Role
from tasks.measure.resampled import Resampled
from tasks.measure.result import CONTROLS
from warehouse.identity import hash_parts

UNTESTED = ("oracle", "dataset-oracle", *CONTROLS)
"""Oracles and controls: there is no hypothesis to test, and no point that anybody could or would choose."""
METRIC: Mapping[str, Any] = {
    "system": pl.String,
    "dataset": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "spread": pl.Float64,
    "n": pl.Int64,
    "level": pl.String,
    "unit": pl.String,
    "better": pl.String,
    "point_set": pl.String,
}
"""Columns of a metric's rows; a dataset or system of `*` is all of them."""
_Row = tuple[Any, ...]
_Operands = tuple[Resampled, ...]


@dataclass(frozen=True, eq=False)
class Figures:
    """What S systems got on Q questions, ready for any metric.

    Args:
        measured: over all seeds.
        by_seed: of every seed, without resamples.
        scores: (S, Q) mean scores, NaN where there is no verdict.
        calls: (S, Q) model calls, NaN where a system was not asked.
        costs: (S, Q) USD, NaN where unknown.
        calibrations: of each system; None where it states no probability.
        methods: of each system, the one that it is an operating point of: itself at its own point.
        roles: of each system.
        datasets: D names.
        strata: (Q,) their codes.
    """

    measured: Measured
    by_seed: Sequence[Measured]
    scores: Float2D
    calls: Float2D
    costs: Float2D
    calibrations: Sequence[Calibration | None]
    methods: Sequence[str]
    roles: Sequence[Role]
    datasets: Sequence[str]
    strata: Int1D
    _known: dict[tuple[int, Baselines, int | None], tuple[_Operands, list[_Operands]]] = field(default_factory=dict)

    def rows(self, kind: Metric, without: Collection[str] = ()) -> list[_Row]:
        """Rows of a metric, by the columns of `METRIC`; none where a baseline is missing, or of these systems."""
        if not set(kind.against) <= set(self.measured.systems):
            return []
        if kind.level in ("method", "field"):
            return list(self._of_points(kind))
        parts = [None, *(range(len(self.datasets)) if kind.per_dataset else ())]
        places = [place for place, system in enumerate(self.measured.systems) if system not in without]
        return [row for place in places for dataset in parts for row in self._of_system(kind, place, dataset)]

    def _of_system(self, kind: Metric, place: int, dataset: int | None) -> Iterator[_Row]:
        operands, by_seed = self._operands(place, kind.against, dataset)
        inside = slice(None) if dataset is None else dataset
        one = _estimate(_figure(kind, *operands), int(self.measured.n[inside, place].sum()))
        if one is None or (dataset is not None and one.n == 0 and not kind.needs):
            return
        values = [] if kind.needs else [_value(_figure(kind, *seed)) for seed in by_seed]
        name = "*" if dataset is None else str(self.datasets[dataset])
        yield _row(kind, self.measured.systems[place], name, one, spread=_spread(values))

    def _operands(self, place: int, against: Baselines, dataset: int | None) -> tuple[_Operands, list[_Operands]]:
        """A system and its baselines, and the same of every seed."""
        key = place, against, dataset
        if key not in self._known:
            inside = slice(None) if dataset is None else self.strata == dataset
            by_seed = [seed.resampled(place, against, dataset) for seed in self.by_seed]
            every = self.measured.resampled(place, against, dataset)
            seeds = zip(*by_seed, strict=True) if by_seed else ((),) * len(every)
            system, *baselines = (replace(one, seeds=tuple(own)) for one, own in zip(every, seeds, strict=True))
            own = replace(
                system,
                calls=self.calls[place, inside],
                costs=self.costs[place, inside],
                calibration=self.calibrations[place],
            )
            self._known[key] = (own, *baselines), by_seed
        return self._known[key]

    def _of_points(self, kind: Metric) -> Iterator[_Row]:
        """Of each method, or of all of them."""
        places = self._points("cost" in kind.needs)
        if not places:
            return
        systems = [self.measured.systems[place] for place in places]
        baselines = [self.measured.resampled(self.measured.systems.index(name))[0] for name in kind.against]
        point_set = hash_parts("points", *sorted(systems))
        methods: dict[str, list[int]] = {}
        for place in places:
            methods.setdefault(self.methods[place], []).append(place)
        if kind.level == "method":
            found = {name: _figure(kind, self._stacked(own), *baselines) for name, own in methods.items()}
        else:
            figure = kind.compute(self._stacked(places), *baselines)
            found = dict(figure) if isinstance(figure, Mapping) else {"*": figure}
        for name, value in found.items():
            if (one := _estimate(value, len(self.strata))) is not None:
                yield _row(kind, name, "*", one, point_set=point_set)

    def _points(self, of_known_cost: bool) -> list[int]:
        """Places of the systems that somebody could choose and that were measured on every question."""
        whole = self.measured.n.sum(axis=0) == len(self.strata)
        if of_known_cost:
            whole &= ~np.isnan(self.costs).any(axis=1)
        whole &= ~np.isin(self.measured.systems, UNTESTED) & (np.array(self.roles) != "flavour")
        return np.flatnonzero(whole).tolist()

    def _stacked(self, places: Sequence[int]) -> Resampled:
        """Several points as one."""
        score, n, paid, n_paid = self.measured.together(places)
        names, methods = (tuple(of[place] for place in places) for of in (self.measured.systems, self.methods))
        models = tuple(self.roles[place] == "model" for place in places)
        return Resampled(score, n, paid, n_paid, names=names, methods=methods, models=models)


def _row(
    kind: Metric, system: str, dataset: str, one: Estimate, spread: float | None = None, point_set: str | None = None
) -> _Row:
    about = kind.level, kind.unit, kind.better, point_set
    return system, dataset, kind.name, one.value, one.low, one.high, spread, one.n, *about


def _figure(kind: Metric, *operands: Resampled) -> Figure:
    figure = kind.compute(*operands)
    if isinstance(figure, Mapping):
        raise TypeError(f"a metric of a {kind.level} is one figure; only one of the field may be several")
    return figure


def _estimate(figure: Figure, n: int) -> Estimate | None:
    return estimate(figure, n) if isinstance(figure, np.ndarray) else figure


def _value(figure: Figure) -> float:
    if isinstance(figure, np.ndarray):
        return float(figure[0])
    return np.nan if figure is None or figure.value is None else figure.value


def _spread(seeds: Sequence[float]) -> float | None:
    """Standard deviation over the seeds that have a value; None with fewer than two."""
    values = np.array([value for value in seeds if not np.isnan(value)])
    if len(values) < 2:
        return None
    return float(np.sqrt(((values - values.sum() / len(values)) ** 2).sum() / (len(values) - 1)))

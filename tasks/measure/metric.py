"""What a metric is, and where metrics register: one file each in `metrics/`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from profiles.arrays import Float1D
from profiles.registry import METRICS, Registry
from tasks.measure.coverage import Gap
from tasks.measure.intervals import Estimate
from warehouse.errors import UserError

Level = Literal["system", "pair", "method", "field"]
Better = Literal["higher", "lower", "neither"]
Need = Literal["calls", "cost", "probability"]
Figure = Float1D | Estimate | None
"""(1 + B,) the value and its resamples, an estimate that knows its own interval, or None: it does not apply."""
Compute = Callable[..., Figure | Mapping[str, Figure]]
_Compute = TypeVar("_Compute", bound=Compute)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that is told of every system, method or field it can be told of.

    Args:
        name: its name in table `metric`.
        level: `system`: of one system alone; `pair`: of a system against baselines; `method`: of all points of one
            method; `field`: of the points of all methods that do not look at the test answers, single models among
            them: one figure, or one for each name of a mapping, be it a point or a method.
        unit: of the value: share (a fraction), usd, calls, ...
        better: which direction is.
        compute: takes the `Resampled` of its level, then one of every baseline on the same questions.
        against: the null baselines it is measured against; where one is missing the metric has no row.
        needs: what it reads beside scores. Seeds are compared by their scores only, so a metric that needs more has no
            spread over them.
        per_dataset: whether it is told of every dataset, too (`system` only).
    """

    name: str
    level: Level
    unit: str
    better: Better
    compute: Compute
    against: tuple[str, ...] = ()
    needs: frozenset[Need] = frozenset()
    per_dataset: bool = False


metrics: Registry[Metric] = Registry("metric", METRICS)


def every_metric() -> tuple[list[Metric], list[Gap]]:
    """All that are installed, by name; a plug-in that cannot be imported is a gap and stops nobody else."""
    found, gaps = [], []
    for name in metrics.names():
        try:
            found.append(metrics.get(name))
        except UserError as error:
            gaps.append(Gap("metric", name, 0, 0, str(error)))
    return found, gaps


def metric(
    name: str,
    *,
    level: Level,
    unit: str,
    better: Better,
    against: Iterable[str] = (),
    needs: Iterable[Need] = (),
    per_dataset: bool = False,
) -> Callable[[_Compute], _Compute]:
    """Decorator that registers a function as a metric; see `Metric`."""

    def add(compute: _Compute) -> _Compute:
        known = Metric(name, level, unit, better, compute, tuple(against), frozenset(needs), per_dataset)
        metrics.register(name)(known)
        return compute

    return add

"""The metrics that the leaderboard's own columns do not show: all that are registered, whoever brought them."""

from dataclasses import dataclass

from profiles import readable
from tasks.measure.result import MetricResult, RunResult

_SHOWN = {"accuracy", "calls", "cost_usd", "gap_closed", "brier", "calibration_error"}
_BETTER = {"higher": "higher is better", "lower": "lower is better"}
EVERYTHING = "all systems"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and its interval as people read them; empty where there is none."""

    value: str
    interval: str


@dataclass(frozen=True, slots=True)
class Further:
    """Systems × metrics.

    Args:
        columns: name of each metric, its unit, and which direction is better.
        rows: a system and its cells; None where the metric is not of it.
    """

    columns: tuple[tuple[str, str, str], ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


def further_metrics(result: RunResult) -> Further:
    """The table, in the leaderboard's order of systems; what is told of all of them together comes last."""
    told = {(one.system, one.metric): one for one in result.metrics if one.metric not in _SHOWN}
    names = sorted({name for _, name in told})
    about = {name: one for (_, name), one in told.items()}
    systems = [*(line.system for line in result.lines), "*"]
    found = [(system, tuple(_cell(told.get((system, name))) for name in names)) for system in systems]
    return Further(
        tuple((name, _unit(about[name].unit), _BETTER.get(about[name].better or "", "")) for name in names),
        tuple((EVERYTHING if system == "*" else system, cells) for system, cells in found if any(cells)),
    )


def _cell(one: MetricResult | None) -> Cell | None:
    if one is None:
        return None
    ends = [_shown(end, one.unit) for end in (one.ci_low, one.ci_high) if end is not None]
    return Cell(_shown(one.value, one.unit), " to ".join(ends))


def _shown(value: float | None, unit: str | None) -> str:
    if unit in ("share", "fraction"):
        return readable.percent(value)
    return readable.dollars(value) if unit == "usd" else readable.number(value, 3)


def _unit(unit: str | None) -> str:
    return {"share": "%", "fraction": "%", "usd": "US dollars", None: ""}.get(unit, unit or "")

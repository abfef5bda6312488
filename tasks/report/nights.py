"""The nights of a profile, as its page lists them."""

from dataclasses import dataclass
from datetime import datetime

from warehouse.connect import rows

_MOST = 30


@dataclass(frozen=True, slots=True)
class Night:
    """A decision of an earlier night, or of this one. Differences are fractions of macro accuracy."""

    run_id: str
    decided_at: datetime
    verdict: str
    system: str
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    n: int | None
    n_new: int | None
    n_reused: int | None
    worse_models: str | None
    cost_usd: float | None
    baseline_run_id: str | None


def nights_of(profile: str, until: str) -> tuple[Night, ...]:
    """The last thirty nights of a profile up to that of the run `until`, the newest first."""
    found = rows("report_night", profile=profile, run=until, most=_MOST)
    return tuple(Night(**row) for row in found.iter_rows(named=True))


def scale_of(nights: tuple[Night, ...]) -> dict[str, float]:
    """Ends of the axis that changes are drawn on, in steps of a hundredth; no change is the line on it."""
    ends = [end for night in nights for end in (night.ci_low, night.ci_high) if end is not None]
    widest = max([0.01, *(abs(end) for end in ends)])
    widest = round(widest + 0.005, 2)
    return {"low": -widest, "high": widest, "reference": 0.0}

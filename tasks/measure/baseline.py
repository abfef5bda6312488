"""The run that a profile's nights are compared with."""

import polars as pl

from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.writer import now, write


def baseline_of(profile: str, run_id: str) -> str | None:
    """The run that a profile's run is compared with: the pinned baseline, else its last completed evaluated run."""
    found = rows("baseline_candidate", profile=profile, run=run_id)
    return None if found.is_empty() else str(found.item(0, 0))


def is_pinned(profile: str) -> bool:
    """Whether a baseline is pinned for a profile."""
    return not rows("baseline_pinned", profile=profile).is_empty()


def is_scored(run_id: str, system: str) -> bool:
    """Whether any question of a system has a score in a run."""
    return rows("system_outcome", run=run_id, system=system)["score"].count() > 0


def pin_baseline(run_id: str) -> str:
    """Make a run the baseline of its profile; the profile's name.

    Raises:
        UserError: there is no such run, or not one of its questions was scored.
    """
    metrics = rows("run_metric", run=run_id)
    if metrics.filter(metric="accuracy")["value"].count() == 0:
        lacks = "no evaluation" if metrics.is_empty() else "no scored question"
        raise UserError(f"run '{run_id}' has {lacks} and cannot be a baseline; `concertino queries lineage` lists runs")
    profile = str(metrics.item(0, "profile"))
    write("baseline", pl.DataFrame([{"profile": profile, "run_id": run_id, "pinned_at": now()}]))
    return profile

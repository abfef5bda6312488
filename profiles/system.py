"""A system: what stands on a line of the leaderboard, as a record and not as a name to be taken apart."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import polars as pl

Kind = Literal["baseline", "model", "router", "preset", "imported"]


@dataclass(frozen=True, slots=True)
class System:
    """Something that answers questions.

    Args:
        kind: what it is.
        name: of the baseline, model, router or preset.
        variant: how it had to run, such as `select`; empty: as it is meant.
        point: operating point, such as other coefficients of its decision; empty: its own.
    """

    kind: Kind
    name: str
    variant: str = ""
    point: str = ""

    @property
    def label(self) -> str:
        """As it is shown, and named in all tables of a run."""
        variant = f" ({self.variant})" if self.variant else ""
        return f"{self.name}{variant}{f' [{self.point}]' if self.point else ''}"


def system_rows(run_id: str, systems: Iterable[System]) -> pl.DataFrame:
    """Rows of table `system`."""
    return pl.DataFrame([{"run_id": run_id, "system": one.label, **asdict(one)} for one in systems])

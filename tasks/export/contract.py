"""What a format to export to is, and where formats register: one file each in `formats/`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from profiles.registry import EXPORTS, Registry
from profiles.schema import Pool, RunProfile


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written.

    Args:
        folder: an empty one; what is in it when the format returns is the export.
        run: the run profile, which names datasets and whose verdicts count.
        pool: whose models.
        run_id: the evaluated run whose systems are exported; None: the profile's newest.
        policy: the fitted policy that is exported: an id, the beginning of one, or a router's name.
    """

    folder: Path
    run: RunProfile
    pool: Pool
    run_id: str | None = None
    policy: str | None = None


# Writes into the folder and returns counts by what they count; null stays null, simulated models are said to be.
Format = Callable[[Export], dict[str, int]]

formats: Registry[Format] = Registry("export format", EXPORTS)

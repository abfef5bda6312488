"""What to ingest: the run profile's source, or what the user put in its place."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from profiles.schema import RunProfile
from warehouse.errors import UserError
from warehouse.settings import settings


class IngestRequest(NamedTuple):
    """Arguments of `ingest_source`."""

    source: str
    path: str | None
    options: dict[str, Any]

    @property
    def datasets(self) -> list[str]:
        """Globs over dataset names."""
        return list(self.options["datasets"])


def names_alone(datasets: Sequence[str]) -> list[str]:
    """A run profile's globs, and of those over name/variant also the name's: a source takes whole datasets."""
    return list(dict.fromkeys(filter(None, (one for each in datasets for one in (each, each.rpartition("/")[0])))))


def resolve(
    run: RunProfile,
    source: str | None,
    path: str | None,
    variants: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> IngestRequest:
    """The profile's source with the user's choices in place of its own.

    With another source than the profile's, its path, options and dataset globs say nothing: everything is taken.

    Args:
        run: the run profile.
        source: instead of the profile's.
        path: instead of the profile's; a relative one is looked for here, then below CONCERTINO_RECORDED.
        variants: instead of those in the profile's `source_options`.
        columns: instead of those in the profile's `source_options`.
        more: the source's other options as text, and `datasets`; instead of the profile's.

    Raises:
        UserError: the profile's path is relative and CONCERTINO_RECORDED is not set, or holds no such file.
    """
    own = source is None or source == run.source
    options: dict[str, Any] = dict(run.source_options) if own else {}
    options |= {"datasets": names_alone(run.datasets) if own else ["*"]}
    options |= {"variants": list(variants)} if variants else {}
    options |= {"columns": dict(columns)} if columns else {}
    options |= more or {}
    if isinstance(options["datasets"], str):
        options["datasets"] = options["datasets"].split(",")
    its_own = _below_recorded(run) if path is None and own and run.path else None
    return IngestRequest(source or run.source, its_own if path is None else _given(path), options)


def _given(path: str) -> str:
    here = Path(os.path.expanduser(path))
    recorded = settings().recorded
    if not here.exists() and not here.is_absolute() and recorded and (recorded / here).exists():
        return os.path.realpath(recorded / here)
    return os.path.realpath(here)  # unlike Path's, no error for a circle of links


def _below_recorded(run: RunProfile) -> str:
    path = Path(run.path or "").expanduser()
    if path.is_absolute():
        return str(path)
    recorded = settings().recorded
    if recorded is None:
        raise UserError(
            f"profile '{run.name}' reads {path} below the folder of recorded answers; "
            "set CONCERTINO_RECORDED (or --recorded) to that folder, or write the whole path"
        )
    given = recorded.expanduser().resolve()
    there = given if given.is_file() else given / path
    if not there.exists():
        raise UserError(
            f"profile '{run.name}' reads {there}, which does not exist; set CONCERTINO_RECORDED (or --recorded) to "
            f"the folder that holds {path}"
        )
    return str(there)

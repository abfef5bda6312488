"""`concertino export`: answers and systems in other projects' formats."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.command.flow import print_counts
from flows.command.options import AsJson, PoolName, Profile
from profiles.registry import EXPORTS, offered


def export(
    format: Annotated[str, Parameter(help=", ".join(offered(EXPORTS)))],
    folder: Annotated[Path, Parameter(help="to write; a new or an empty one")],
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    run_id: Annotated[str | None, Parameter(help="evaluated run, for routerarena (else the profile's newest)")] = None,
    policy: Annotated[
        str | None, Parameter(help="fitted policy, for litellm-router: an id, its beginning, or a router's name")
    ] = None,
    json: AsJson = False,
) -> None:
    """Write a run profile's answers, its routers' decisions, or a fitted policy, in another project's format.

    First answers of the pool's models to the profile's datasets, with the verdicts that count there; unknown stays
    null.

    Example: concertino export every-eval-ever ./eee --profile zeroeval
    """
    from profiles.load import load_pool, load_run
    from tasks.export.export import export as write

    run = load_run(profile)
    print_counts(write(format, folder, run, load_pool(pool or run.pool), run_id, policy), json)

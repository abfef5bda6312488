"""What commands share: running a flow, and printing what it did; nothing heavy is imported before it runs."""

import sys
from typing import Any

INCOMPLETE = 3  # exit code: done, but something that was asked for is missing


def run_flow(name: str, **values: Any) -> Any:
    """Run a flow in this process with parameters checked by its form's model; None leaves a field's default."""
    from flows.command import console

    run = console.dry_run if values.pop("dry_run", False) else console.run_here
    return run(name, {key: value for key, value in values.items() if value is not None})


def print_counts(counts: Any, as_json: bool) -> None:
    """Print what a stage did."""
    from flows.command import show

    show.as_json(counts) if as_json else show.facts(counts)


def print_stage(counts: dict[str, Any], as_json: bool, complete: bool = False) -> None:
    """Print what a stage did and what it lacks; exit code 3 where that is anything that was asked for."""
    from flows.command import show

    if as_json:
        show.as_json(counts)
    else:
        show.facts({name: value for name, value in counts.items() if name != "missing"})
        show.missing(counts["missing"])
    if counts["missing"] and not complete:
        sys.exit(INCOMPLETE)

"""On which part of the split a system's model, epoch or knob was chosen."""

from collections.abc import Iterable

import orjson
from pydantic import ValidationError

from tasks.measure.result import SystemResult
from tasks.route.registry import routers
from warehouse.connect import rows
from warehouse.errors import UserError

_BASELINES = {
    "best-single": "train",
    "cheapest": "train",
    "majority": "train",
    "oracle": "test",
    "dataset-oracle": "test",
}


def chosen_of(run_id: str, lines: Iterable[SystemResult]) -> dict[str, str]:
    """System → train, validation or test; without those for which nothing is chosen, or nothing is known of it.

    Routers count as the run fitted them, whatever their settings have become.

    Args:
        run_id: the run.
        lines: its systems.
    """
    fitted = {system: how for system, *how in rows("run_router", run=run_id).iter_rows()}
    parts = {line.system: chosen_on(line.kind, *fitted.get(line.system, (line.name, None))) for line in lines}
    return {system: part for system, part in parts.items() if part is not None}


def chosen_on(kind: str, name: str, options: str | None = None) -> str | None:
    """train, validation or test; None where nothing is chosen, or nothing is known of it.

    Args:
        kind: of the system, such as router.
        name: of the baseline, the preset or the router's plug-in.
        options: what the plug-in was set to, as JSON; None: nothing was fitted.
    """
    if options is not None and name in routers.names():
        own = routers.get(name)
        told = {key: one for key, one in orjson.loads(options).items() if key in own.Options.model_fields}
        try:
            return own(own.Options.model_validate(told)).chosen_on
        except (ValidationError, UserError):  # fitted by a version that had other options
            return None
    return "train" if kind == "preset" else _BASELINES.get(name) if kind == "baseline" else None

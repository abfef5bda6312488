"""On which part of the split a system's model, epoch or knob was chosen."""

from profiles.load import load_router
from tasks.route.registry import router_of, routers
from warehouse.errors import UserError

_BASELINES = {
    "best-single": "train",
    "cheapest": "train",
    "majority": "train",
    "oracle": "test",
    "dataset-oracle": "test",
}


def chosen_on(kind: str, name: str) -> str | None:
    """train, validation or test; None where nothing is chosen, or nothing is known of it.

    Args:
        kind: of the system, such as router.
        name: of the baseline, the preset or the router's setting.
    """
    if kind == "router" or name in routers.names():  # two controls are both
        try:
            return router_of(load_router(name)).chosen_on
        except UserError:  # a setting that is no longer there
            return None
    return "train" if kind == "preset" else _BASELINES.get(name) if kind == "baseline" else None

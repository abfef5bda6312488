"""No two systems of one name: the second would stand on the first one's line of the leaderboard."""

from collections.abc import Sequence

from profiles.load import load_preset, load_router
from tasks.measure.result import CONTROLS
from tasks.route.registry import baselines, router_of
from warehouse.errors import UserError


def refuse_alike(presets: Sequence[str], routers: Sequence[str]) -> None:
    """Refuse what cannot be told apart, before anything is asked or fitted.

    Args:
        presets: by name or the path of a YAML file.
        routers: likewise, controls among them or not.

    Raises:
        UserError: two systems of one name, another router in a control's place, or a setting that cannot be used.
    """
    for control in CONTROLS:
        found = load_router(control)
        if (found.name, found.router) != (control, control):
            raise UserError(f"'{control}' is a control that nothing stands in for; give the router's YAML another name")
    settings = [load_router(name) for name in dict.fromkeys(routers) if name not in CONTROLS]
    taken = {*baselines.names(), *CONTROLS}
    own = [load_preset(name).name for name in dict.fromkeys(presets)]
    for name in [*own, *(setting.name for setting in settings)]:
        if name in taken:
            raise UserError(f"'{name}' is the name of two systems; give the router's or preset's YAML another name")
        taken.add(name)
    for setting in settings:
        router_of(setting)

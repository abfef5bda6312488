"""One kind of registry for all plug-ins: names are entry points, imported when they are wanted.

A plug-in is a module that registers a thing by a decorator, and an entry point of the same name that leads to it; the
built-in ones come through the same door as anybody's.
"""

from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from warehouse.errors import UserError, reason_of, unknown_name

SOURCES = "concertino.sources"
SCORERS = "concertino.scorers"
JUDGES = "concertino.judges"
ROUTERS = "concertino.routers"
METRICS = "concertino.metrics"
SPLITTERS = "concertino.splitters"
BASELINES = "concertino.baselines"
ANALYSES = "concertino.analyses"
RUN_ANALYSES = "concertino.run_analyses"
EXPORTS = "concertino.exports"

_T = TypeVar("_T")


class Registry(Generic[_T]):
    """Names → things of one kind.

    Args:
        kind: the word used in messages, such as "scorer".
        group: the group of entry points.
    """

    def __init__(self, kind: str, group: str) -> None:
        self._kind = kind
        self._group = group
        self._entries: dict[str, _T] = {}

    def register(self, name: str) -> Callable[[_T], _T]:
        """Decorator that registers a thing under a name.

        Raises:
            UserError: another thing has that name.
        """

        def add(thing: _T) -> _T:
            if self._entries.setdefault(name, thing) is not thing:
                raise UserError(f"{self._kind} '{name}' is registered twice; give one of the two another name")
            return thing

        return add

    def get(self, name: str) -> _T:
        """The thing of that name.

        Raises:
            UserError: no such name, several packages bring it, or its plug-in cannot be imported; the message says
                what to do.
        """
        if name not in self._entries:
            self._load(name)
        return self._entries[name]

    def names(self) -> list[str]:
        """All names, sorted; nothing is imported for it."""
        return sorted({*offered(self._group), *self._entries})

    def _load(self, name: str) -> None:
        points = {point.value: point for point in _points(self._group) if point.name == name}
        if not points:
            raise unknown_name(self._kind, name, self.names())
        if len(points) > 1:
            brought = " and ".join(sorted(map(_origin, points.values())))
            raise UserError(f"{self._kind} '{name}' is brought by {brought}; uninstall all but one")
        (point,) = points.values()
        try:
            point.load()
        except Exception as error:  # a plug-in may raise anything
            reason = reason_of(error)
            raise UserError(f"{self._kind} '{name}' of {_origin(point)} cannot be imported: {reason}") from error
        if name not in self._entries:
            raise UserError(f"{self._kind} '{name}': {_origin(point)} registers no such name")


def offered(group: str) -> list[str]:
    """The names that installed packages bring to a group of entry points, sorted."""
    return sorted({point.name for point in _points(group)})


@cache
def _points(group: str) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=group))


def _origin(point: EntryPoint) -> str:
    return f"{point.value} ({point.dist.name})" if point.dist else point.value

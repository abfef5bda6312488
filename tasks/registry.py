"""One kind of registry for sources, scorers and routers: a decorator, and an entry-point group for others' plug-ins."""

import warnings
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from warehouse.errors import unknown_name

_T = TypeVar("_T")


class Registry(Generic[_T]):
    """Names → things of one kind; built-in ones come through the same entry-point group as anybody's.

    Args:
        kind: the word used in messages, such as "scorer".
        group: the entry-point group whose modules register themselves when imported.
    """

    def __init__(self, kind: str, group: str) -> None:
        self._kind = kind
        self._group = group
        self._entries: dict[str, _T] = {}
        self._loaded = False

    def register(self, name: str) -> Callable[[_T], _T]:
        """Decorator that registers a thing under a name."""

        def add(thing: _T) -> _T:
            self._entries[name] = thing
            return thing

        return add

    def get(self, name: str) -> _T:
        """The thing of that name.

        Raises:
            UserError: no such name; the message lists them.
        """
        self._load()
        if name not in self._entries:
            raise unknown_name(self._kind, name, self._entries)
        return self._entries[name]

    def names(self) -> list[str]:
        """All names, sorted."""
        self._load()
        return sorted(self._entries)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for point in entry_points(group=self._group):
            try:
                point.load()
            except Exception as error:  # somebody else's plug-in must not stop ours
                warnings.warn(f"{self._kind} plug-in {point.value} failed to load: {error}", stacklevel=2)

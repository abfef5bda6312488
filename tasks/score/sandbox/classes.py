"""A program's classes as its tests see them: its exceptions, and what `type` says. Runs in the sandbox."""

import sys
from collections.abc import Callable
from typing import Any

_TOLD = sys.stdlib_module_names - {"unittest"}  # whose SkipTest would pass a test


class _LikeType(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, type)


class Exited(SystemExit, RuntimeError):
    """The program's exit, which a test may expect; it ends the program's test and never well."""


def type_of(stands_in: Callable[[Any], bool]) -> type:
    """A `type` that tests may call and name: a stand-in's class is that of its object.

    Args:
        stands_in: whether a value stands for an object of the program.
    """

    class Type(type, metaclass=_LikeType):
        def __new__(cls, *given: Any, **named: Any) -> Any:
            if len(given) == 1 and stands_in(given[0]):
                found = given[0].__class__
                return found if stands_in(found) else type(given[0])  # it may say that it is a number
            return type(*given, **named)

    return Type


def own_errors(bases: dict[str, list[str]]) -> dict[str, type[Exception]]:
    """The program's own exceptions, as classes without any code, by name."""
    found: dict[str, type[Exception]] = {}
    for name, chain in sorted(bases.items(), key=lambda one: len(one[1])):
        base = next((found[other] for other in chain[1:] if other in found), None) or error_named(chain)
        found[name] = type(name, (base,), {})
    return found


def error_named(bases: list[str]) -> type[Exception]:
    """What a test sees of an exception of the program: never one that ends a process or somebody's iteration."""
    if "SystemExit" in bases:
        return Exited
    for name in bases:
        module, _, kind = name.rpartition(":")
        known = module.partition(".")[0] in _TOLD  # which the program says
        error = getattr(sys.modules.get(module if known else "builtins"), kind, None)
        if isinstance(error, type) and issubclass(error, Exception):
            return RuntimeError if issubclass(error, StopIteration | StopAsyncIteration) else error
    return RuntimeError

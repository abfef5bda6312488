"""The tests' side of what cannot leave the program: stand-ins that ask for every use.

A stand-in never says that it equals, or stands in an order with, plain data of a test: where it has plain data of its
own that is compared, else the test is refused. So an object whose `==` always agrees convinces nobody.
"""

import builtins
import contextlib
from collections.abc import Callable
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType, ModuleType, TracebackType
from typing import Any, NoReturn

from tasks.score.sandbox.plain import CHANGEABLE, SCALARS, NotPlain, Seen, decode, drawn, encode
from tasks.score.sandbox.shared import Running, Shared, followed
from tasks.score.sandbox.special import OPERATORS, ORDER, SPECIAL, VALUE

_BASES = {base.__name__: base for base in (*SCALARS[1:], tuple, frozenset)}
_CHANGEABLE = {base.__name__: base for base in CHANGEABLE}
_MOST = 10_000  # elements that are drawn from an object to see what it holds
_UNSEEN = {"__signature__", "__code__", "_is_coroutine", "_is_coroutine_marker"}  # what is asked of real functions only
_READING = (
    *("get", "keys", "values", "items", "index", "count", "copy", "most_common"),
    *("issubset", "issuperset", "isdisjoint", "union", "intersection", "difference", "symmetric_difference"),
)
_UNEXPECTED = "a text that no test expects"
_SHARED = {"builtins", "operator", "math", "itertools"}  # whose functions the program finds itself
_FUNCTIONS = (FunctionType, MethodType, BuiltinFunctionType)
_REFUSED = {"eval", "exec", "compile", "open", "input", "__import__", "breakpoint", "exit", "quit"}


class Remote:
    """Objects of the program, as its tests see them.

    Args:
        ask: sends a request and gives the reply.
        error: the exception that a reply tells of.
        refuse: ends a test that needs what cannot leave the program.
        errors: the program's own exceptions by name.
    """

    def __init__(
        self,
        ask: Callable[[list[Any]], dict[str, Any]],
        error: Callable[[dict[str, Any]], BaseException],
        refuse: Callable[[], NoReturn],
        errors: dict[str, type[Exception]],
    ) -> None:
        self._ask, self._error, self._refuse, self._errors = ask, error, refuse, errors
        self._objects: dict[int, Any] = {}
        self._keys: dict[int, int] = {}
        self._kinds: dict[int, dict[str, Any]] = {}
        self._shared, self.running = Shared(self.hold, self.find), Running(self.hold, self.find)
        self._made: set[int] = set()  # what a test itself had a class make: there its `==` is the class's
        self.functions: list[Callable[..., Any]] = []

    def knows(self, value: Any) -> bool:
        """Whether a value stands for an object of the program."""
        return id(value) in self._keys

    def find(self, tag: str, held: Any) -> Any:
        """What a form that is not plain stands for."""
        if tag == "held":
            return self._objects[held]
        if tag == "callback":
            return self.functions[held[0]]
        if tag == "awaitable":
            return self._awaitable(held)
        key, kind = held
        base = _BASES.get(str(kind.get("base")))
        space = self._methods(kind, base)
        found = type(str(kind["name"]), (base or object,), space)
        stand_in = found(decode(kind["plain"], self.find)) if base else found()
        self._objects[key], self._keys[id(stand_in)], self._kinds[key] = stand_in, key, kind
        return stand_in

    def hold(self, value: Any) -> list[Any]:
        """The form of what a test gives to the program.

        Raises:
            NotPlain: it is an object of the test.
        """
        if id(value) in self._keys:
            return ["held", self._keys[id(value)]]
        if isinstance(value, _FUNCTIONS) and not isinstance(getattr(value, "__self__", None), ModuleType):
            if value not in self.functions:
                self.functions.append(value)
            return ["callback", [self.functions.index(value), value.__name__]]
        if isinstance(value, TracebackType):
            return ["const", None]
        if isinstance(value, BaseException):
            return ["error", [["type", _builtin_base(type(value)).__name__], encode(value.args, self.hold)]]
        name = getattr(value, "__name__", "")
        if self._errors.get(name) is value:
            return ["global", name]
        return self._of_library(value)

    def _of_library(self, value: Any) -> list[Any]:
        module = "builtins" if isinstance(value, MethodDescriptorType) else getattr(value, "__module__", None)
        name = getattr(value, "__qualname__", "")
        shared = module in _SHARED or module == "_operator"
        if not shared or name in _REFUSED or not isinstance(value, BuiltinFunctionType | MethodDescriptorType | type):
            return drawn(value, self.hold)
        return ["library", [str(module).removeprefix("_"), name]]

    def use(
        self,
        action: str,
        stand_in: Any,
        name: str = "",
        given: tuple[Any, ...] = (),
        named: dict[str, Any] | None = None,
    ) -> Any:
        """Do something with an object of the program: its value; raises what the program raises."""
        key, named = self._key(stand_in), named or {}
        seen: Seen = {}
        try:
            arguments = [encode(part, self.hold, seen) for part in (given, named)]
        except NotPlain:
            self._refuse()
        with self.running.during((given, named)):
            reply = self._ask([action, key, name, *arguments, self._shared.changed()])
        after = reply.get("after")
        theirs = followed((given, named), after, self.find) if after else [one for _, one in seen.values()]
        self._shared.follow(reply["later"])
        if "kept" in reply:
            self._shared.add((given, named))
        if "known" in reply:
            return self._shared.at(*reply["known"])
        if reply.get("not_implemented"):
            return NotImplemented
        if "value" not in reply:
            ended = {"__next__": "StopIteration"}.get(name, "StopAsyncIteration" if action == "await" else None)
            if reply["raised"][0] == ended:
                raise _Ended(*decode(reply["args"], self.find))
            raise self._error(reply)
        value = decode(reply["value"], self.find, theirs)
        of_class = self._kinds[key]["class"] and (action == "get" or name == "__call__")
        if (of_class or (key in self._made and action == "get")) and id(value) in self._keys:
            self._made.add(self._keys[id(value)])
        if "kept_value" in reply:
            self._shared.add(((value,), {}))
        return value

    def _key(self, stand_in: Any) -> int:
        """The number of an object; a copy that a test made of its stand-in has none."""
        return self._keys[id(stand_in)] if id(stand_in) in self._keys else self._refuse()

    def _awaitable(self, key: int) -> Any:
        async def end() -> Any:
            return self.use("await", waiting)

        waiting = object()
        self._objects[key], self._keys[id(waiting)], self._kinds[key] = waiting, key, {"class": False}
        return end()

    def _methods(self, kind: dict[str, Any], base: type | None) -> dict[str, Any]:
        """The name space of a stand-in's class: only what the object's own class has."""
        offered = {name for name in kind["methods"] if name in SPECIAL}
        changeable = _CHANGEABLE.get(str(kind.get("changeable")))

        def get(stand_in: Any, name: str) -> Any:
            return self._refuse() if name in _UNSEEN else self.use("get", stand_in, name)

        def refuse(*_: Any) -> Any:
            return self._refuse()

        space: dict[str, Any] = {
            "__slots__": (),
            "__getattr__": get,
            "__reduce_ex__": refuse,
            "__mro_entries__": refuse,
        }
        space["__doc__"] = property(lambda stand_in: get(stand_in, "__doc__"))
        if base:  # whose data is plain, and compared as such
            offered -= {"__eq__", "__hash__", "__contains__", *ORDER}
            space |= {name: self._of_base(name, base) for name in offered & VALUE}
        else:
            space["__class__"] = property(lambda stand_in: get(stand_in, "__class__"))
            space |= self._comparisons(kind, offered, changeable)
            space["__setattr__"] = lambda stand_in, name, value: self.use("set", stand_in, name, (value,))
            space["__delattr__"] = lambda stand_in, name: self.use("delete", stand_in, name)
        if changeable:
            space |= {
                name: self._of_data(name) for name in [*_READING, *(offered & VALUE)] if hasattr(changeable, name)
            }
            space["__contains__"] = lambda stand_in, item: item in self._data(stand_in)
            space["__class__"] = property(lambda _: changeable)
        return {name: self._method(name) for name in offered if name not in space} | space

    def _method(self, name: str) -> Callable[..., Any]:
        def method(stand_in: Any, /, *given: Any, **named: Any) -> Any:
            if name in OPERATORS and self._keys.keys().isdisjoint(map(id, given)):  # it would tell what is expected
                return self.use("call", stand_in, name, given) if self._key(stand_in) in self._made else self._refuse()
            return self.use("call", stand_in, name, given, named)

        def each(stand_in: Any) -> Any:
            try:
                return self.use("call", stand_in, name)
            except _Ended as end:
                raise StopIteration(*end.args) from None

        def following(stand_in: Any) -> Any:
            waiting = self.use("call", stand_in, name)

            async def end() -> Any:
                try:
                    return await waiting
                except _Ended:
                    raise StopAsyncIteration from None

            return end()

        def contains(stand_in: Any, item: Any) -> bool:
            return self._contains(stand_in, item)

        def wait(stand_in: Any) -> Any:
            return self.use("call", stand_in, name).__await__()

        special: dict[str, Callable[..., Any]] = {
            "__next__": each,
            "__anext__": following,
            "__contains__": contains,
            "__await__": wait,
        }
        return special.get(name, method)

    def _comparisons(self, kind: dict[str, Any], offered: set[str], changeable: type | None) -> dict[str, Any]:
        def equal(stand_in: Any, other: Any) -> Any:
            if stand_in is other:
                return True
            if "__eq__" not in offered:
                return self._refuse() if isinstance(other, type) and hasattr(other, "__mro_entries__") else False
            return self._compared("__eq__", stand_in, other, changeable)

        def differs(stand_in: Any, other: Any) -> Any:
            return not equal(stand_in, other)

        def ordered(name: str) -> Callable[[Any, Any], Any]:
            return lambda stand_in, other: self._compared(name, stand_in, other, changeable)

        hashed = self._method("__hash__") if "__hash__" in offered else object.__hash__
        found: dict[str, Any] = {"__eq__": equal, "__ne__": differs, "__hash__": hashed if kind["hashable"] else None}
        return found | {name: ordered(name) for name in ORDER if name in offered}

    def _compared(self, name: str, stand_in: Any, other: Any, changeable: type | None) -> Any:
        theirs = self._keys.get(id(other))
        if changeable:
            alike = theirs is not None and isinstance(other, CHANGEABLE)
            return getattr(self._data(stand_in), name)(self._data(other) if alike else other)
        if theirs is None and name == "__eq__" and self._equals_anything(stand_in):
            raise AssertionError
        if theirs is None or self._made.isdisjoint({theirs, self._key(stand_in)}):
            self._refuse()
        return self.use("call", stand_in, name, (other,))

    def _equals_anything(self, stand_in: Any) -> bool:
        with contextlib.suppress(Exception):
            return self.use("call", stand_in, "__eq__", (_UNEXPECTED,)) is True
        return False

    def _contains(self, stand_in: Any, item: Any) -> bool:
        """Whether the program says so, and what was drawn from it before it was told agrees."""
        drawn_from = list(islice(stand_in, _MOST)) if hasattr(type(stand_in), "__iter__") else None
        said = bool(self.use("call", stand_in, "__contains__", (item,)))
        trusted = self._key(stand_in) in self._made if drawn_from is None else said is (item in drawn_from)
        return said if trusted else self._refuse()

    def _data(self, stand_in: Any) -> Any:
        return self.use("plain", stand_in)

    def _of_data(self, name: str) -> Callable[..., Any]:
        """A method of changeable data, asked of the data; of what the test made, of the object."""

        def method(stand_in: Any, /, *given: Any, **named: Any) -> Any:
            if self._key(stand_in) not in self._made:
                return getattr(self._data(stand_in), name)(*given, **named)
            if name in VALUE:
                return self.use("call", stand_in, name, given, named)
            return self.use("get", stand_in, name)(*given, **named)

        return method

    def _of_base(self, name: str, base: type) -> Callable[..., Any]:
        """As `_of_data`, of data that does not change."""

        def method(stand_in: Any, /, *given: Any) -> Any:
            if self._key(stand_in) in self._made:
                return self.use("call", stand_in, name, given)
            return getattr(base, name)(stand_in, *given) if hasattr(base, name) else self._refuse()

        return method


class _Ended(Exception):
    """An iterator of the program has no more."""


def _builtin_base(kind: type) -> type:
    return next(base for base in kind.__mro__ if getattr(builtins, base.__name__, None) is base)

"""The program's side of what cannot leave it: objects are held under a number and used by message."""

import contextlib
import io
import json
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from operator import attrgetter
from types import CoroutineType
from typing import Any, BinaryIO

from tasks.score.sandbox.plain import (
    CHANGEABLE,
    SCALARS,
    NotPlain,
    Seen,
    decode,
    encode,
    receive,
    send,
)
from tasks.score.sandbox.shared import Call, Running, Shared
from tasks.score.sandbox.special import SPECIAL

_BASES = (*SCALARS[1:], tuple, frozenset)  # what subclasses cross as, with the rest of them held
_SAID = 1 << 20  # characters
_LARGE = 1 << 18  # characters of what is offered at once
_CAUSES = 5  # of an exception, one behind the other
_OF_ARGUMENT, _OF_VALUE, _OF_PART = 6, 3, 3  # references of ours, where they are counted


class Said(io.TextIOBase):
    """What a program prints, as far as anybody could want to read it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        """Keep a text while there is room."""
        self._size += len(text)
        if self._size <= _SAID:
            self._parts.append(str(text))
        return len(text)

    def text(self) -> str | None:
        """All of it; None when it was too much."""
        return "".join(self._parts) if self._size <= _SAID else None


class Held:
    """Objects of the program by number, and the functions of its tests that it may call.

    Args:
        names: the program's global names.
        requests, replies: pipes from and to the tests.
        reads: the program has standard input of its own; else there is none here, but perhaps beside the test.
        rebound: global names that a call may bind anew.
    """

    def __init__(
        self, names: dict[str, Any], requests: BinaryIO, replies: BinaryIO, reads: bool, rebound: set[str]
    ) -> None:
        self._names, self._reads, self._rebound = names, reads, rebound
        self._requests, self._replies = requests, replies
        self._objects: list[Any] = []
        self._keys: dict[int, int] = {}
        self._callbacks: dict[int, Callable[..., Any]] = {}
        self._shared = Shared(self.hold, self.find)
        self._running = Running(self.hold, self.find)
        self._loop: Any = None
        self._one_at_a_time = threading.RLock()

    def serve(self) -> None:
        """Answer the tests until they end."""
        while True:
            self._respond(receive(self._requests))

    def hold(self, value: Any) -> list[Any]:
        """The form of a value that is not plain: its number, and at its first time what can be done with it."""
        if id(value) in self._keys:
            key = self._keys[id(value)]
            return ["callback", [-key - 1, value.__name__]] if key < 0 else ["held", key]
        key = self._keys[id(value)] = len(self._objects)
        self._objects.append(value)
        if isinstance(value, CoroutineType) or type(value).__name__.startswith("async_generator_"):
            return ["awaitable", key]
        return ["object", [key, self._kind(value)]]

    def offered(self, value: Any) -> list[Any] | None:
        """The form of what a global name stands for; None where it is too large or too deep to be offered at once."""
        if type(value) in CHANGEABLE:
            return self.hold(value)
        try:
            form = encode(value, self.hold)
            return form if len(json.dumps(form)) <= _LARGE else None
        except (NotPlain, RecursionError):
            return None

    def _globals(self) -> dict[str, Any]:
        return {name: self.offered(self._names[name]) for name in self._rebound & self._names.keys()}

    def _kind(self, value: Any) -> dict[str, Any]:
        """What an object can do: its type's methods that Python calls, and its data where its type adds to some."""
        kind = type(value)
        changeable = next((base for base in CHANGEABLE if isinstance(value, base)), None)
        base = next((base for base in _BASES if isinstance(value, base)), None)
        same_as = base or object
        found: dict[str, Any] = {
            "name": kind.__name__,
            "methods": [name for name in sorted(SPECIAL) if _has(kind, name, same_as)],
            "hashable": getattr(kind, "__hash__", None) is not None,
            "class": isinstance(value, type),
        }
        if changeable:
            found["changeable"] = changeable.__name__
        if base:
            found |= {"base": base.__name__, "plain": encode(_as(base, value), self.hold)}
        return found

    def find(self, tag: str, held: Any) -> Any:
        """What the tests mean by a form that is not plain."""
        if tag == "held":
            return self._objects[held]
        if tag == "global":
            return self._names[held]
        if tag == "library":
            return attrgetter(held[1])(import_module(held[0]))
        if tag == "error":
            return decode(held[0])(*decode(held[1], self.find))
        number, name = held
        if number not in self._callbacks:
            self._callbacks[number] = lambda *given, **named: self._call_back(number, given, named)
            self._callbacks[number].__name__ = name
            self._keys[id(self._callbacks[number])] = -number - 1
        return self._callbacks[number]

    def _call_back(self, number: int, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Let the tests call a function of theirs; it may use the program while it runs."""
        with self._one_at_a_time:
            send(self._replies, {"callback": number} | self._running.tell((given, named)))
            while isinstance(reply := receive(self._requests), list):
                self._respond(reply)
            value = self._running.hear(reply)
        if "error" in reply:
            raise decode(reply["error"], self.find)
        return value

    def _respond(self, request: list[Any]) -> None:
        try:
            self._shared.follow(request.pop())
            answer = self._answer(*request)
            send(self._replies, answer | {"globals": self._globals(), "later": self._shared.changed()})
        except (NotPlain, RecursionError):
            send(self._replies, {"plain": False})

    def _answer(self, action: str, key: Any, name: str, arguments: list[Any], named: list[Any]) -> dict[str, Any]:
        """Do what is asked: its value or error, what was printed, and the arguments where they changed.

        `plain` is false where any of it cannot leave the program.
        """
        said = Said()
        made: list[Any] = []
        given = decode(arguments, self.find, made), decode(named, self.find, made)
        try:
            with contextlib.redirect_stdout(said), self._running.during(given) as running:
                target = self._objects[key] if isinstance(key, int) else self._names[key]
                value = self._do(action, target, name, *given)
        except BaseException as error:
            if isinstance(error, NotPlain) or (isinstance(error, EOFError) and not self._reads):
                return {"plain": False}
            return self._raised(error) | {"said": said.text()}
        try:
            seen: Seen = {}
            after = [encode(part, self.hold, seen) for part in given]
            same = after == [arguments, named] and not running.told
            reply: dict[str, Any] = {"said": said.text()} | ({} if same else {"after": after})
            if self._keeps(given, value):
                self._shared.add(given)
                reply["kept"] = True
            if value is NotImplemented:
                return reply | {"not_implemented": True}
            fresh = type(value) in CHANGEABLE and id(value) not in seen
            if fresh and (known := self._shared.place_of(value)):
                return reply | {"known": known}
            if fresh and (action == "get" or name == "__getitem__"):
                return reply | {"value": self.hold(value)}
            kept = (fresh or type(value) is tuple) and _is_kept(value)
            reply["value"] = encode(value, self.hold, seen)  # before others have the numbers of what it holds
            if kept and self._shared.has_room(((value,), {})):
                self._shared.add(((value,), {}))
                reply["kept_value"] = True
            return reply
        except (NotPlain, RecursionError):
            return {"plain": False}

    def _keeps(self, given: Call, value: Any) -> bool:
        """Whether the program still has an argument that it may change, as a generator or an object does."""
        ones = [one for one in (*given[0], *given[1].values()) if type(one) in CHANGEABLE]
        return any(sys.getrefcount(one) > _OF_ARGUMENT + 2 * (value is one) for one in ones) and self._shared.has_room(
            given
        )

    def _do(self, action: str, target: Any, name: str, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if action == "call":
            return (
                target(*given, **named) if name == "__call__" else getattr(type(target), name)(target, *given, **named)
            )
        if action == "get":
            return getattr(target, name)
        if action == "set":
            return setattr(target, name, *given)
        if action == "delete":
            return delattr(target, name)
        if action == "await":
            return self._awaited(target)
        return next((_as(base, target) for base in CHANGEABLE if isinstance(target, base)), NotImplemented)

    def _awaited(self, target: Any) -> Any:
        import asyncio

        async def end() -> Any:
            return await target

        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(end())

    def _raised(self, error: BaseException, depth: int = 0) -> dict[str, Any]:
        bases = [_named(base) for base in type(error).__mro__]
        found: dict[str, Any] = {"raised": bases, "args": encode(()), "held": encode({})}
        with contextlib.suppress(Exception):
            found |= {"args": encode(error.args, self.hold), "held": encode(vars(error), self.hold)}
        if error.__cause__ is not None and depth < _CAUSES:
            found["cause"] = self._raised(error.__cause__, depth + 1)
        return found


def _is_kept(value: Any) -> bool:
    """Whether the program still has a value, or a part of it, that it may change."""
    if type(value) is not tuple and sys.getrefcount(value) > _OF_VALUE:
        return True
    parts = value.values() if isinstance(value, dict) else value
    return any(type(part) in CHANGEABLE and sys.getrefcount(part) > _OF_PART for part in parts)


def _named(kind: type) -> str:
    """The name of a class of the program or of every Python, or that of the standard library with its module."""
    module = str(kind.__module__)  # a program may set it to anything
    library = module.partition(".")[0] in sys.stdlib_module_names - {"builtins"}
    return f"{module}:{kind.__name__}" if library else kind.__name__


def _has(kind: type, name: str, base: type) -> bool:
    own = getattr(kind, name, None)
    return own is not None and own is not getattr(base, name, None)


def _as(base: Any, value: Any) -> Any:
    """The data of a value as its base has it: no method of the program's is asked."""
    if issubclass(base, dict):
        return base(dict.items(value)) if base.__name__ != "defaultdict" else dict(dict.items(value))
    if issubclass(base, str):
        return str.__str__(value)
    if issubclass(base, int):
        return int.__int__(value)
    if issubclass(base, float):
        return float.__float__(value)
    if issubclass(base, complex):
        return complex.__complex__(value)
    return base(base.__iter__(value))

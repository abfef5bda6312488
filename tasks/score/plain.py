"""What passes between a program and its tests: data and never code. Runs in the sandbox, standard library only."""

import builtins
import datetime
import json
from collections import deque
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any, BinaryIO

MESSAGE = 4 << 20  # bytes of the longest one
_MOST = 10_000  # elements that are drawn from an iterator
_COLLECTIONS = (list, tuple, set, frozenset, deque)
_VIEWS = ((KeysView, "keys"), (ValuesView, "values"), (ItemsView, "items"))


class NotPlain(TypeError):
    """A value that is not plain data, and so cannot leave the program."""


def encode(value: Any) -> list[Any]:
    """A tagged JSON form of plain data; iterators are drawn to their end.

    Raises:
        NotPlain: it is, or holds, something else.
    """
    if value is None or isinstance(value, bool):
        return ["const", value]
    if isinstance(value, int):
        return ["int", int.__format__(value, "x")]  # not the value's own, which its class may override
    for number in (float, complex):
        if isinstance(value, number):
            return [number.__name__, number.__repr__(value)]
    if isinstance(value, str):
        return ["str", str.__str__(value)]
    if isinstance(value, bytes | bytearray):
        return [type(value).__name__, value.hex()]
    for collection in _COLLECTIONS:
        if isinstance(value, collection):
            return [collection.__name__, [encode(element) for element in value]]
    if isinstance(value, dict):
        return ["dict", [[encode(key), encode(held)] for key, held in value.items()]]
    return _encode_library(value)


def _encode_library(value: Any) -> list[Any]:
    """The form of values of the standard library."""
    if isinstance(value, Fraction):
        return ["Fraction", f"{value.numerator}/{value.denominator}"]
    if isinstance(value, Decimal):
        return ["Decimal", str(value)]
    if isinstance(value, datetime.date | datetime.time) and getattr(value, "tzinfo", None) is None:
        return [type(value).__name__, value.isoformat()]
    if isinstance(value, datetime.timedelta):
        return ["timedelta", [value.days, value.seconds, value.microseconds]]
    if isinstance(value, range):
        return ["range", [encode(bound) for bound in (value.start, value.stop, value.step)]]
    for view, name in _VIEWS:
        if isinstance(value, view):
            return [name, [encode(element) for element in value]]
    if isinstance(value, Iterator):
        drawn = list(islice(value, _MOST + 1))
        if len(drawn) <= _MOST:
            return ["iterator", [encode(element) for element in drawn]]
    name = getattr(value, "__name__", "")
    if isinstance(value, type) and getattr(builtins, name, None) is value:
        return ["type", name]
    raise NotPlain(f"a {type(value).__name__} is not plain data")


def decode(tagged: list[Any]) -> Any:
    """The value of a tagged form; the inverse of `encode`."""
    tag, held = tagged
    if tag == "dict":
        return {decode(key): decode(value) for key, value in held}
    if tag in {"list", "tuple", "set", "frozenset"}:
        return getattr(builtins, tag)(decode(element) for element in held)
    if tag in {"bytes", "bytearray"}:
        return getattr(builtins, tag).fromhex(held)
    if tag == "int":
        return int(held, 16)
    if tag in {"float", "complex"}:
        return getattr(builtins, tag)(held)
    if tag in _LIBRARY:
        return _LIBRARY[tag](held)
    return held


_LIBRARY: dict[str, Any] = {
    "deque": lambda held: deque(map(decode, held)),
    "Fraction": Fraction,
    "Decimal": Decimal,
    "date": datetime.date.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda held: datetime.timedelta(*held),
    "range": lambda held: range(*map(decode, held)),
    "keys": lambda held: dict.fromkeys(map(decode, held)).keys(),
    "values": lambda held: dict(enumerate(map(decode, held))).values(),
    "items": lambda held: dict(map(decode, held)).items(),
    "iterator": lambda held: iter(list(map(decode, held))),
    "type": lambda held: kind if isinstance(kind := getattr(builtins, held), type) else None,
}


def update(old: Any, new: Any) -> None:
    """Change an argument as the program changed its copy, in place as far as it holds lists, sets and dictionaries."""
    if type(old) is not type(new) or old is new:
        return
    if isinstance(old, list | deque | bytearray):
        kept = list(old)
        for before, after in zip(kept, new, strict=False):
            update(before, after)
        old.clear()
        old.extend(_kept(kept, list(new)))
    elif isinstance(old, dict):
        changed = {key: _kept([old[key]], [value])[0] if key in old else value for key, value in new.items()}
        for key in new.keys() & old.keys():
            update(old[key], new[key])
        old.clear()
        old.update(changed)
    elif isinstance(old, set):
        old.clear()
        old.update(new)
    elif isinstance(old, tuple):
        for before, after in zip(old, new, strict=False):
            update(before, after)


def _kept(old: list[Any], new: list[Any]) -> list[Any]:
    """The new elements, but the old object where it could be changed in place."""
    changeable = (list, deque, bytearray, dict, set)
    same = [place < len(old) and type(old[place]) is type(one) for place, one in enumerate(new)]
    return [old[place] if same[place] and isinstance(one, changeable) else one for place, one in enumerate(new)]


class Gone(BaseException):
    """The program's process ended, or sent too much; no test may mistake this for an exception of the program."""


def send(pipe: BinaryIO, message: Any) -> None:
    """Write one message as a line."""
    pipe.write(json.dumps(message).encode() + b"\n")
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """Read one message.

    Raises:
        Gone: there is no whole message to read.
    """
    line = pipe.readline(MESSAGE)
    if not line.endswith(b"\n"):
        raise Gone
    return json.loads(line)

"""What passes between a program and its tests: data and never code. Runs in the sandbox, standard library only."""

import builtins
import datetime
import io
import json
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import Any, BinaryIO, NoReturn

MESSAGE = 4 << 20  # bytes of the longest one
SCALARS = (bool, int, float, complex, str, bytes)
_MOST = 10_000  # elements that are drawn from an iterator
_COLLECTIONS: tuple[Any, ...] = (list, tuple, set, frozenset, deque)
_MAPPINGS: tuple[Any, ...] = (Counter, OrderedDict, dict)
_VIEWS = ((KeysView, "keys"), (ValuesView, "values"), (ItemsView, "items"))
_DATES = (datetime.date, datetime.time, datetime.datetime, datetime.timedelta)
CHANGEABLE = (list, deque, bytearray, set, Counter, OrderedDict, defaultdict, dict)
_CHANGEABLE = {kind.__name__ for kind in CHANGEABLE}
_EXACT = {type(None), type(...), *SCALARS, *CHANGEABLE, *_COLLECTIONS, *_DATES, Fraction, Decimal, range}
_EXACT |= {type({}.keys()), type({}.values()), type({}.items())}

Hold = Callable[[Any], list[Any]]  # the tagged form of what is not plain data
Find = Callable[[str, Any], Any]  # what such a form stands for
Seen = dict[int, tuple[int, Any]]  # place and object, by its id


class NotPlain(TypeError):
    """A value that is not plain data, and so cannot leave the program."""


class _Unmade(dict[Any, Any]):
    """A dictionary whose missing values the program makes by a function of its own."""

    def __missing__(self, key: Any) -> NoReturn:
        raise NotPlain(key)


def encode(value: Any, hold: Hold | None = None, seen: Seen | None = None) -> list[Any]:
    """A tagged JSON form of plain data.

    Args:
        value: what shall cross.
        hold: gives the form of what is not exactly a type of plain data; None: subclasses cross as their base.
        seen: what can change and is encoded already, so that [row] * 2 stays one row.

    Raises:
        NotPlain: it is, or holds, something else.
    """
    seen = {} if seen is None else seen
    if id(value) in seen:
        return ["again", seen[id(value)][0]]
    form = _encode(value, hold, seen)
    if form[0] in _CHANGEABLE:
        seen[id(value)] = len(seen), value  # which keeps its id
    return form


def _encode(value: Any, hold: Hold | None, seen: Seen) -> list[Any]:
    if type(value) not in _EXACT:
        array = _encode_array(value)
        if array:
            return array
        if hold and not is_builtin(value):
            return hold(value)
    if value is None or isinstance(value, bool):
        return ["const", value]
    if value is ...:
        return ["ellipsis", None]
    if isinstance(value, int):
        return ["int", int.__format__(value, "x")]  # not the value's own, which its class may override
    for number in (float, complex):
        if isinstance(value, number):
            return [number.__name__, number.__repr__(value)]
    if isinstance(value, str):
        return ["str", str.__str__(value)]
    if isinstance(value, bytes | bytearray):
        return ["bytearray" if isinstance(value, bytearray) else "bytes", value.hex()]
    for kind in _COLLECTIONS:
        if isinstance(value, kind):
            return [kind.__name__, [encode(element, hold, seen) for element in kind.__iter__(value)]]
    for mapping in _MAPPINGS:
        if isinstance(value, mapping):
            pairs = [[encode(key, hold, seen), encode(held, hold, seen)] for key, held in mapping.items(value)]
            made: Any = getattr(value, "default_factory", None)
            if made is None:
                return [mapping.__name__, pairs]
            return ["defaultdict", [made.__name__ if is_builtin(made) else None, pairs]]
    return _encode_library(value, hold)


def _encode_library(value: Any, hold: Hold | None) -> list[Any]:
    """The form of values of the standard library."""
    if isinstance(value, Fraction):
        return ["Fraction", f"{value.numerator}/{value.denominator}"]
    if isinstance(value, Decimal):
        return ["Decimal", Decimal.__str__(value)]
    if isinstance(value, datetime.date | datetime.time) and getattr(value, "tzinfo", None) is None:
        return [next(kind.__name__ for kind in reversed(_DATES) if isinstance(value, kind)), value.isoformat()]
    if isinstance(value, datetime.timedelta):
        return ["timedelta", [value.days, value.seconds, value.microseconds]]
    if isinstance(value, range):
        return ["range", [encode(bound) for bound in (value.start, value.stop, value.step)]]
    for view, name in _VIEWS:
        if isinstance(value, view):
            return [name, [encode(element, hold) for element in value]]
    if is_builtin(value):
        return ["type", value.__name__]
    if hold:
        return hold(value)
    return drawn(value, hold)


def drawn(value: Any, hold: Hold | None) -> list[Any]:
    """The form of an iterator, which is drawn to its end.

    Raises:
        NotPlain: it is none, or has no end in sight.
    """
    if isinstance(value, Iterator) and not isinstance(value, io.IOBase):
        elements = list(islice(value, _MOST + 1))
        if len(elements) <= _MOST:
            return ["iterator", [encode(element, hold) for element in elements]]
    raise NotPlain(f"a {type(value).__name__} is not plain data")


def _encode_array(value: Any) -> list[Any] | None:
    """The form of numpy's arrays and scalars of numbers or text, where numpy is loaded."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not issubclass(type(value), numpy.generic | numpy.ndarray):  # of a stand-in, not its object's
        return None
    if value.dtype.kind not in "biufcSU":
        return None
    data = numpy.ascontiguousarray(value).tobytes().hex()
    return ["array", [value.dtype.str, None if isinstance(value, numpy.generic) else list(value.shape), data]]


def is_builtin(value: Any) -> bool:
    """Whether it is a type that every Python has under its name."""
    return type(value) is type and getattr(builtins, value.__name__, None) is value  # `isinstance` asks a stand-in


def decode(tagged: list[Any], find: Find | None = None, made: list[Any] | None = None) -> Any:
    """The value of a tagged form; the inverse of `encode`.

    Args:
        tagged: what `encode` gave.
        find: gives what is not plain data, by tag and content.
        made: what can change and is decoded already.
    """
    made = [] if made is None else made
    if tagged[0] == "again":
        return made[tagged[1]]
    value = _decode(tagged, find, made)
    if tagged[0] in _CHANGEABLE:
        made.append(value)
    return value


def _decode(tagged: list[Any], find: Find | None, made: list[Any]) -> Any:
    tag, held = tagged
    if tag in _MAPPINGS_BY_NAME:
        return _MAPPINGS_BY_NAME[tag]({decode(key, find, made): decode(value, find, made) for key, value in held})
    if tag == "defaultdict":
        kind: Callable[..., Any] = partial(defaultdict, _LIBRARY["type"](held[0])) if held[0] else _Unmade
        return kind(_decode(["dict", held[1]], find, made))
    if tag in {"list", "tuple", "set", "frozenset"}:
        return getattr(builtins, tag)([decode(element, find, made) for element in held])
    if tag in {"bytes", "bytearray"}:
        return getattr(builtins, tag).fromhex(held)
    if tag == "int":
        return int(held, 16)
    if tag in {"float", "complex"}:
        return getattr(builtins, tag)(held)
    if tag == "deque":
        return deque([decode(element, find, made) for element in held])
    if tag == "iterator":
        return iter([decode(element, find) for element in held])
    if tag in _LIBRARY:
        return _LIBRARY[tag](held)
    if tag in {"const", "str"}:
        return held
    if find is None:
        raise NotPlain(tag)
    return find(tag, held)


def _array(held: list[Any]) -> Any:
    import numpy

    dtype, shape, data = held
    found = numpy.frombuffer(bytearray.fromhex(data), numpy.dtype(str(dtype)))
    return found[0] if shape is None else found.reshape(shape)


_MAPPINGS_BY_NAME: dict[str, type] = {kind.__name__: kind for kind in _MAPPINGS}
_LIBRARY: dict[str, Any] = {
    "array": _array,
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
    "ellipsis": lambda _: ...,
    "type": lambda held: kind if isinstance(kind := getattr(builtins, held), type) else None,
}


def update(old: Any, new: Any, stayed: dict[int, Any] | None = None) -> None:
    """Change an argument as the program changed its copy, in place as far as it holds lists, sets and dictionaries.

    Args:
        old: the argument.
        new: its changed copy.
        stayed: gets what is changed in place, by the id of its copy.
    """
    if type(old) is not type(new) or old is new:
        return
    stayed = {} if stayed is None else stayed
    if type(old) in CHANGEABLE:
        stayed.setdefault(id(new), old)
    if isinstance(old, list | deque | bytearray):
        kept = list(old)
        for before, after in zip(kept, new, strict=False):
            update(before, after, stayed)
        old.clear()
        old.extend(_kept(kept, list(new), stayed))
    elif isinstance(old, dict):
        for key in new.keys() & old.keys():
            update(old[key], new[key], stayed)
        changed = {key: _kept([old[key]] if key in old else [], [value], stayed)[0] for key, value in new.items()}
        old.clear()
        old.update(changed)
    elif isinstance(old, set):
        old.clear()
        old.update(new)
    elif "numpy" in sys.modules and isinstance(old, sys.modules["numpy"].ndarray):
        if old.shape == new.shape and old.dtype == new.dtype:
            old[...] = new
    elif isinstance(old, tuple):
        for before, after in zip(old, new, strict=False):
            update(before, after, stayed)


def _kept(old: list[Any], new: list[Any], stayed: dict[int, Any]) -> list[Any]:
    """The new elements, but the old object where it could be changed in place."""
    same = [place < len(old) and type(old[place]) is type(one) for place, one in enumerate(new)]
    return [
        old[place] if same[place] and type(one) in CHANGEABLE else stayed.get(id(one), one)
        for place, one in enumerate(new)
    ]


class Gone(BaseException):
    """The program's process ended, or sent too much; no test may mistake this for an exception of the program."""


def send(pipe: BinaryIO, message: Any) -> None:
    """Write one message as a line.

    Raises:
        NotPlain: it is too long for the other side.
    """
    line = json.dumps(message).encode() + b"\n"
    if len(line) > MESSAGE:
        raise NotPlain("too long a message")
    pipe.write(line)
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

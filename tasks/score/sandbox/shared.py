"""What a program and its tests both have: each side tells the other what it changed. Standard library only."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from tasks.score.sandbox.plain import Find, Hold, NotPlain, Seen, decode, encode, update

_LONGEST = 1 << 12  # characters of what one call shares
_SHORT = 1 << 10  # characters of what a call of a function of the test carries at first
_ALL = 1 << 19  # characters of what all of them carry, which bounds the time for it
_MOST = 4  # calls

Call = tuple[tuple[Any, ...], dict[str, Any]]  # arguments, or the value alone


def followed(call: Call, after: list[Any], find: Find) -> list[Any]:
    """Change arguments as the program changed its copies: what of them its value may hold, in their order."""
    made: list[Any] = []
    stayed: dict[int, Any] = {}
    update(call, tuple([decode(part, find, made) for part in after]), stayed)
    return [stayed.get(id(one), one) for one in made]


class _Running:
    """A call that is being made.

    Args:
        call: its arguments; null where they are not watched.
    """

    def __init__(self, call: Call) -> None:
        self.call: Call | None = call
        self.told = False  # the other side knows how they were meanwhile
        self.agreed: list[Any] | None = None  # forms of both sides that stand for the same


class Running:
    """One side's arguments of the calls that are being made, while the program calls functions of the test.

    Args:
        hold, find: as of `encode` and `decode`.
    """

    def __init__(self, hold: Hold, find: Find) -> None:
        self._hold, self._find = hold, find
        self._calls: list[_Running] = []
        self._left = _ALL

    @contextlib.contextmanager
    def during(self, call: Call) -> Iterator[_Running]:
        """Watch the arguments of a call while it is made."""
        self._calls.append(running := _Running(call))
        try:
            yield running
        finally:
            self._calls.pop()

    def tell(self, value: Any) -> dict[str, Any]:
        """The form of a value, which may hold the arguments, and of these where they can change and are short."""
        running, seen = self._calls[-1], Seen()
        now = self._form(running, seen)
        size = len(json.dumps(now))
        self._left -= size
        if not seen or size > (self._left if running.told else _SHORT):
            running.call, now = None, None
            seen.clear()
        running.told = True
        return {"now": now, "value": encode(value, self._hold, seen)}

    def hear(self, told: dict[str, Any]) -> Any:
        """The value that the other side told, after its changes of the arguments."""
        running, seen, now = self._calls[-1], Seen(), told["now"]
        running.call, running.told = running.call if now else None, True
        mine = self._form(running, seen)
        theirs = [one for _, one in seen.values()]
        if running.call and mine != now and running.agreed != [mine, now]:
            theirs = followed(running.call, now, self._find)
            running.agreed = [self._form(running, Seen()), now]
        return decode(told["value"], self._find, theirs)

    def _form(self, running: _Running, seen: Seen) -> list[Any] | None:
        return running.call and [encode(part, self._hold, seen) for part in running.call]


class Shared:
    """One side's arguments and values of the calls that the program has kept some of, in the order of both sides.

    Args:
        hold, find: as of `encode` and `decode`.
    """

    def __init__(self, hold: Hold, find: Find) -> None:
        self._hold, self._find = hold, find
        self._calls: list[tuple[Call | None, list[Any] | None]] = []  # and how both sides left it

    def has_room(self, call: Call) -> bool:
        """Whether one more can be watched."""
        return len(self._calls) < _MOST and self._is_short(call)

    def add(self, call: Call) -> None:
        """Watch what a call has left on both sides."""
        self._calls.append((call, self._form(call)))

    def place_of(self, value: Any) -> list[int] | None:
        """Where a value stands, if it will be watched on: number of its call and place among its arguments."""
        for number, (call, _) in enumerate(self._calls):
            place = next((place for place, one in enumerate(call[0]) if one is value), None) if call else None
            if call and place is not None and self._is_short(call):
                return [number, place]
        return None

    def at(self, number: int, place: int) -> Any:
        """What stands there on this side."""
        call = self._calls[number][0]
        return call[0][place] if call else None

    def changed(self) -> list[list[Any]]:
        """What changed on this side since, by the number of its call; None for what is no longer watched."""
        found: list[list[Any]] = []
        for number, (call, left) in enumerate(self._calls):
            if call is None or (now := self._form(call)) == left:
                continue
            if len(json.dumps(now)) >= _LONGEST:  # or each message would carry all of what grows
                now = None
            self._calls[number] = (call, now) if now else (None, None)
            found.append([number, now])
        return found

    def follow(self, changes: list[list[Any]]) -> None:
        """Change what the other side changed, unless it was changed here meanwhile."""
        for number, form in changes:
            call, left = self._calls[number]
            if form is None:
                self._calls[number] = None, None
            elif call and self._form(call) == left:
                update(call, tuple(decode(part, self._find) for part in form))
                self._calls[number] = call, self._form(call)

    def _is_short(self, call: Call) -> bool:
        form = self._form(call)
        return form is not None and len(json.dumps(form)) < _LONGEST

    def _form(self, call: Call) -> list[Any] | None:
        with contextlib.suppress(NotPlain, RecursionError):
            return [encode(part, self._hold) for part in call]
        return None

"""The scorers: what judges one answer, registered by name."""

from collections.abc import Callable
from dataclasses import dataclass

from profiles.registry import SCORERS, Registry
from tasks.score.verdict import Item, Verdict


@dataclass(frozen=True, slots=True)
class Scorer:
    """How answers of one kind are judged.

    Args:
        version: part of a score's key; a changed rule needs a new one, and old verdicts stay beside it.
        judge: a pure function; it runs in a worker process that is killed when it takes too long.
        prepare: imports what `judge` needs, before any time limit starts.
        sandboxed: `judge` starts a sandbox of its own with its own limits and is therefore called directly.
    """

    version: str
    judge: Callable[[Item], Verdict]
    prepare: Callable[[], object] | None = None
    sandboxed: bool = False


scorers: Registry[Scorer] = Registry("scorer", SCORERS)


def scorer(
    name: str, *, version: str, prepare: Callable[[], object] | None = None, sandboxed: bool = False
) -> Callable[[Callable[[Item], Verdict]], Callable[[Item], Verdict]]:
    """Decorator that registers a judging function as a scorer."""

    def add(judge: Callable[[Item], Verdict]) -> Callable[[Item], Verdict]:
        scorers.register(name)(Scorer(version, judge, prepare, sandboxed))
        return judge

    return add

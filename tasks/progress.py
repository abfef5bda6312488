"""One live line per stage for a person who watches; nothing at all where standard error is no terminal."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class _Log(Console):
    """Standard error; where its disk is full, what is printed is lost, and no run fails for want of a log."""

    def print(self, *objects: Any, **how: Any) -> None:
        """As a console does."""
        with suppress(OSError):
            super().print(*objects, **how)


err = _Log(stderr=True, highlight=False)

_live: Progress | None = None


@contextmanager
def showing(what: str) -> Iterator[None]:
    """A spinner with the time since its start, until the end."""
    with _line(what):
        yield


@contextmanager
def steps(total: int, what: str, said: Callable[[], str] = str) -> Iterator[Callable[..., None]]:
    """A bar with done/total and the time left; yields a function that moves it by so many steps.

    Args:
        total: steps in all.
        what: is done, in a word or two.
        said: what is shown behind, such as the money spent.
    """
    with counting(what, said) as tell:
        done = 0

        def step(n: int = 1) -> None:
            nonlocal done
            done += n
            tell(done, total)

        step(0)
        yield step


@contextmanager
def counting(what: str, said: Callable[[], str] = str) -> Iterator[Callable[[int, int], None]]:
    """The same where the total is found on the way; yields a function that is told how much is done, and of how much.

    Args:
        what: is done, in a word or two.
        said: what is shown behind, such as the money spent.
    """
    with _line(what) as (live, line):

        def tell(done: int, of: int) -> None:
            if live is not None:
                live.update(
                    line, total=of, completed=done, count=f"{done:,}/{of:,}", said=said(), refresh=done in (0, of)
                )

        yield tell


@contextmanager
def _line(what: str) -> Iterator[tuple[Progress | None, Any]]:
    global _live
    if not sys.stderr.isatty() or threading.current_thread() is not threading.main_thread():
        yield None, None
        return
    outermost = _live is None
    live = _live = _live or _started()
    line = live.add_task(what, total=None, count="", said="")
    try:
        yield live, line
    finally:
        live.remove_task(line)
        if outermost:
            live.stop()
            _live = None


def _started() -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(16),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[said]}", markup=False),
    )
    live = Progress(*columns, console=err, transient=True)
    live.start()
    return live

"""A signal's end: Ctrl-C and SIGTERM stop what runs within seconds, keep what was paid for and say it in one line."""

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

GRACE_S = 5.0  # for calls in flight
_PATIENCE_S = 8.5  # for everything: whatever still runs then is cut off; a journal keeps what was paid for
_SAME_S = 0.3  # `timeout` and terminals may send one signal twice
KEPT = "stopped; the same command continues"
_SHOW_CURSOR = "\x1b[?25h"


class Stopped(KeyboardInterrupt):
    """A signal asked to stop; the message says what was kept."""


class _Signals:
    """What this process was asked, and who takes care of it."""

    first: int | None = None
    at = 0.0
    heard = False  # by the main thread
    told = False
    gentle: Callable[[], object] | None = None
    message: Callable[[], str] = staticmethod(lambda: KEPT)


_signals = _Signals()


def listen() -> None:
    """Take SIGINT and SIGTERM in this process; also as process 1 of a container, whose signals have no default."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _asked)
        atexit.register(signal.signal, number, signal.SIG_IGN)  # what is left has its exit code
    came, comes = os.pipe()
    os.set_blocking(comes, False)
    signal.set_wakeup_fd(comes, warn_on_full_buffer=False)
    os.register_at_fork(after_in_child=lambda: signal.set_wakeup_fd(-1))
    threading.Thread(target=_count, args=(came,), name="signals", daemon=True).start()


def asked() -> bool:
    """Whether a signal came; what fails from then on may be its doing: DuckDB raises an error of its own instead."""
    return _signals.first is not None


@contextmanager
def gently(stop: Callable[[], object], message: Callable[[], str] = lambda: KEPT) -> Iterator[None]:
    """Within, the first signal calls `stop` and lets the work end by itself.

    Args:
        stop: called in the main thread, between any two of its instructions; thread-safe and quick.
        message: what was kept.

    Raises:
        Stopped: at the end, if a signal came, whatever else the work raised.
    """
    before = _signals.gentle, _signals.message
    _signals.gentle, _signals.message = stop, message
    try:
        yield
    finally:
        _signals.gentle, _signals.message = before
        if _signals.first is not None:
            raise Stopped(message()) from None


@contextmanager
def listening(asked: Callable[[], bool], every_s: float) -> Iterator[None]:
    """Within, in a process that gets no signal for it, `asked` is looked at now and then, and counts as a signal."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(every_s):
            if asked():
                _signals.first = signal.SIGINT
                if _signals.gentle is not None:
                    _signals.gentle()

    watch = threading.Thread(target=look, name="listening", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()
        _signals.first = None


def tell(said: str) -> int:
    """Say how it ended in one line, once; the exit code that shells give a signal (130 SIGINT, 143 SIGTERM)."""
    if not _signals.told:
        _signals.told = True
        sys.stderr.write(f"{_SHOW_CURSOR if sys.stderr.isatty() else ''}concertino: {said}\n")
        sys.stderr.flush()
    return 128 + (_signals.first or signal.SIGINT)


def _cut_off(said: str | None = None) -> NoReturn:
    os._exit(tell(said or _signals.message()))


def _count(came: int) -> None:
    """Count the seconds from the first signal on, also while the main thread is in a call that hears none."""
    while True:
        number = os.read(came, 1)[0]
        if signal.getsignal(number) is _asked:  # a server has handlers of its own
            _counted(number)


def _counted(number: int) -> None:
    if _signals.first is None:
        _signals.first, _signals.at = number, time.monotonic()
        watch = threading.Timer(_PATIENCE_S, _cut_off)
        watch.daemon = True
        watch.start()
    elif number == signal.SIGINT and time.monotonic() - _signals.at > _SAME_S:
        _cut_off("stopped at once; the same command continues")


def _asked(number: int, _frame: FrameType | None) -> None:
    if _signals.first is None or _signals.heard:  # else it was counted when it came, maybe long ago
        _counted(number)
    if _signals.heard:
        return
    _signals.heard = True
    if _signals.gentle is None:
        raise Stopped(KEPT)
    _signals.gentle()

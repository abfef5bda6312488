"""What other processes ask and have answered: the same request is paid for once, whoever asks it.

One file per home; of homes that share a lake, see `lake_claims`. Who asks a request holds a lock on the byte that its
key names until the answer is where others can load it, and the kernel frees the lock with its process. Who gets an
answer appends its key, so that others know to look for it: it is landed, or in the journal of a dead process. Whoever
opens the file alone empties it.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tasks.collect.lake_claims import LakeClaims
from warehouse.settings import settings

_KEY_BYTES = 32  # a SHA-256
_PLACES = 1 << 60  # bytes that a key can name; nothing is ever written there
_PRESENT = _PLACES  # a byte that everybody who has the file open shares
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.02, 0.5


def claims() -> "Claims | LakeClaims":
    """New claims, among all that share the warehouse."""
    return Claims() if settings().lake is None else LakeClaims()


class Claims:
    """The claims of one home; used from one event loop."""

    def __init__(self) -> None:
        self._file = _opened(settings().root / "claims")  # now: what is told from here on is not lost with its teller
        self._asking: set[str] = set()
        self._kept: set[str] = set()

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[bool]:
        """Hold a request; waits while anybody else holds it, here or in another process.

        Args:
            key: request key, 64 hex digits.

        Yields:
            Whether somebody has an answer; nobody else can get another while it is looked for.
        """
        wait_s = _FIRST_LOOK_S
        while not self._file.take(key):
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_LOOK_S)
        self._asking.add(key)
        try:
            yield self._file.answered(key)
        finally:
            if key in self._asking:
                self._asking.discard(key)
                self._file.free(key)

    async def under_way(self, key: str, _: Mapping[str, Any]) -> None:
        """A request that is held is asked; the journal tells, if this process dies."""

    def keep(self, key: str, _: Mapping[str, Any]) -> None:
        """A request that is held has its answer, and stays held until that is landed."""
        self._asking.discard(key)
        self._kept.add(key)
        self._file.tell(key)

    def failed(self, key: str, *, free: bool) -> None:
        """A call gave no answer; it is in the journal, too."""

    def landed(self) -> None:
        """All answers so far are landed."""
        while self._kept:
            self._file.free(self._kept.pop())

    async def close(self) -> None:
        """Give everything back: what could not be landed is in the journal. The file stays open."""
        self.landed()


@dataclass(eq=False)
class _File:
    """The file of a home, open as long as this process lives.

    POSIX locks are a process's, not a file descriptor's: closing any descriptor of the file would free them all.
    """

    descriptor: int
    _held: set[str] = field(default_factory=set)
    _told: set[bytes] = field(default_factory=set)
    _read: int = 0

    def take(self, key: str) -> bool:
        if key in self._held:
            return False
        try:
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(key))
        except OSError:
            return False
        self._held.add(key)
        return True

    def free(self, key: str) -> None:
        fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, _place(key))
        self._held.discard(key)

    def tell(self, key: str) -> None:
        os.write(self.descriptor, bytes.fromhex(key))

    def answered(self, key: str) -> bool:
        told = os.pread(self.descriptor, os.fstat(self.descriptor).st_size - self._read, self._read)
        whole = len(told) - len(told) % _KEY_BYTES
        self._told.update(told[start : start + _KEY_BYTES] for start in range(0, whole, _KEY_BYTES))
        self._read += whole
        return bytes.fromhex(key) in self._told


@cache
def _opened(path: Path) -> _File:
    """Emptied where nobody else has it open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    with suppress(OSError):  # others know of it how far they have read
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _PRESENT)
        os.ftruncate(descriptor, 0)
    fcntl.lockf(descriptor, fcntl.LOCK_SH, 1, _PRESENT)
    return _File(descriptor)


def _place(key: str) -> int:
    return int(key[:16], 16) % _PLACES

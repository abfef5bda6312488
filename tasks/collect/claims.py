"""What other processes ask and have answered: the same request is paid for once, whoever asks it.

One file per home. Who asks a request holds a lock on the byte that its key names, and the kernel frees it with its
process. Who has booked an answer appends its key, so that others know to look for it; whoever opens the file alone
empties it, for all that it tells of is in the journal or the warehouse.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from warehouse.settings import settings

_KEY_BYTES = 32  # a SHA-256
_PLACES = 1 << 60  # bytes that a key can name; nothing is ever written there
_PRESENT = _PLACES  # a byte that everybody who has the file open shares
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.02, 0.5

# POSIX locks are a process's, not a file descriptor's: closing any descriptor of the file would free them all.
_files: dict[Path, int] = {}
_held: set[tuple[Path, str]] = set()


class Claims:
    """The claims of one home; used from one event loop.

    Args:
        seen: `booked()` before the known answers were read; later ones are told by `news`.
    """

    def __init__(self, seen: int | None = None) -> None:
        self._path = _path()
        self._seen = booked() if seen is None else seen

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Hold a request; waits while anybody else holds it, here or in another process.

        Args:
            key: request key, 64 hex digits.
        """
        wait_s = _FIRST_LOOK_S
        while not self._taken(key):
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_LOOK_S)
        try:
            yield
        finally:
            fcntl.lockf(self._file(), fcntl.LOCK_UN, 1, _place(key))
            _held.discard((self._path, key))

    def add(self, key: str) -> None:
        """Tell everybody that a request is answered; its row must be in the journal already."""
        os.write(self._file(), bytes.fromhex(key))

    def news(self) -> Iterator[str]:
        """Keys answered since the last call, by anybody."""
        told = os.pread(self._file(), 1 << 24, self._seen)
        told = told[: len(told) - len(told) % _KEY_BYTES]
        self._seen += len(told)
        return (told[start : start + _KEY_BYTES].hex() for start in range(0, len(told), _KEY_BYTES))

    def _taken(self, key: str) -> bool:
        if (self._path, key) in _held:
            return False
        try:
            fcntl.lockf(self._file(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(key))
        except OSError:
            return False
        _held.add((self._path, key))
        return True

    def _file(self) -> int:
        return _opened(self._path)


def booked() -> int:
    """How far the file of answered requests goes at this moment, in bytes."""
    with suppress(OSError):
        return os.fstat(_opened(path)).st_size if (path := _path()).exists() else 0
    return 0


def _opened(path: Path) -> int:
    """The file of a home, open as long as this process lives; emptied where nobody else has it open."""
    if path not in _files:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _files[path] = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with suppress(OSError):  # others know of it how far they have read
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _PRESENT)
            os.ftruncate(file, 0)
        fcntl.lockf(file, fcntl.LOCK_SH, 1, _PRESENT)
    return _files[path]


def _path() -> Path:
    return settings().root / "claims"


def _place(key: str) -> int:
    return int(key[:16], 16) % _PLACES

"""Which runs live: a lock per run, held by the process that does it and freed by the kernel when that dies.

Homes that share a lake have one more per run, in its PostgreSQL.
"""

import logging
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

from filelock import FileLock, Timeout

from warehouse.catalog import Catalog
from warehouse.errors import ConcertinoError
from warehouse.lake import hold_run
from warehouse.settings import settings

_AGAIN_S, _SILENCE_S = 1.0, 3.0  # a session that was cut holds its run again long before anybody calls it dead
_PATIENCE_S = 15.0  # for a PostgreSQL that is started again; a stage that needs it ends sooner
_TAKEN_AFTER = 3  # looks: one alone may meet somebody who looks, too
_TAKEN = "run %s is done by another home, too, for this one's session with the lake's PostgreSQL was gone; stop one"
_log = logging.getLogger("concertino")
_held: dict[Path, FileLock] = {}  # of this process, until it gives the run back or dies


class _Everywhere:
    """A run that is held in the lake, too."""

    def __init__(self, run_id: str, catalog: Catalog) -> None:
        self._run_id, self._catalog, self._over = run_id, catalog, Event()
        self._holding = Thread(target=self._hold, name=f"holds {run_id}", daemon=True)
        self._holding.start()

    def _hold(self) -> None:
        n_lost = 0
        with closing(self._catalog):
            while not self._over.wait(_AGAIN_S):
                try:
                    n_lost = 0 if hold_run(self._catalog, self._run_id) else n_lost + 1
                except ConcertinoError:  # PostgreSQL is away; whoever needs it is told
                    continue
                if n_lost == _TAKEN_AFTER:
                    _log.warning(_TAKEN, self._run_id)

    def release(self) -> None:
        self._over.set()
        self._holding.join(_PATIENCE_S)


_everywhere: dict[str, _Everywhere] = {}


def claim_run(run_id: str) -> bool:
    """Take a run for this process, against those of all homes, until `release_run` or its death."""
    if not claim(run_id):
        return False
    if settings().lake is not None and run_id not in _everywhere:
        catalog = Catalog(patience_s=_PATIENCE_S)
        if not hold_run(catalog, run_id):
            catalog.close()
            release(run_id)
            return False
        _everywhere[run_id] = _Everywhere(run_id, catalog)
    return True


def release_run(run_id: str) -> None:
    """Give a run back; nothing happens when this process does not have it."""
    if (there := _everywhere.pop(run_id, None)) is not None:
        there.release()
    release(run_id)


def living(run_ids: Sequence[str]) -> list[bool]:
    """Whether any process of any home does each of some runs; seconds where a lake's seem dead, for some were cut."""
    found = [_run_alive(run_id) for run_id in run_ids]
    if settings().lake is not None and not all(found):
        time.sleep(_SILENCE_S)
        found = [alive or _run_alive(run_id) for alive, run_id in zip(found, run_ids, strict=True)]
    return found


def _run_alive(run_id: str) -> bool:
    if alive(run_id):
        return True
    if settings().lake is None:
        return False
    with closing(Catalog()) as catalog:
        return not hold_run(catalog, run_id)


def claim(name: str) -> bool:
    """Take a name of this home for this process until `release` or its death; false while another process has it."""
    path = _path(name)
    if path in _held:
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return False
    _held[path] = lock
    return True


def release(name: str) -> None:
    """Give a name back; nothing happens when this process does not have it."""
    lock = _held.pop(_path(name), None)
    if lock is not None:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def alive(name: str) -> bool:
    """Whether any process of this home has a name; call it while holding the warehouse, so that nobody claims it."""
    if _path(name) in _held:
        return True
    if not _path(name).exists():
        return False
    if not claim(name):
        return True
    release(name)
    return False


def _path(name: str) -> Path:
    return settings().root / "running" / f"{name}.lock"

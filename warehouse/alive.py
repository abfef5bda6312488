"""Which runs live: a lock per run, held by the process that does it and freed by the kernel when that dies.

Homes that share a lake have one more per run, in its PostgreSQL.
"""

from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.catalog import Catalog
from warehouse.lake import held_run
from warehouse.settings import settings

_held: dict[Path, FileLock] = {}  # of this process, until it gives the run back or dies
_everywhere: dict[str, Catalog] = {}  # sessions that hold the same in the lake


def claim_run(run_id: str) -> bool:
    """Take a run for this process, against those of all homes, until `release_run` or its death."""
    if not claim(run_id):
        return False
    if settings().lake is not None and run_id not in _everywhere:
        if (there := held_run(run_id)) is None:
            release(run_id)
            return False
        _everywhere[run_id] = there
    return True


def release_run(run_id: str) -> None:
    """Give a run back; nothing happens when this process does not have it."""
    if (there := _everywhere.pop(run_id, None)) is not None:
        there.close()
    release(run_id)


def run_alive(run_id: str) -> bool:
    """Whether any process of any home does a run."""
    if alive(run_id):
        return True
    if settings().lake is None:
        return False
    if (there := held_run(run_id)) is None:
        return True
    there.close()
    return False


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

"""Which runs live: a lock per run, held by the process that does it and freed by the kernel when that dies."""

from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.settings import settings

_held: dict[Path, FileLock] = {}  # of this process, until it gives the run back or dies


def claim(run_id: str) -> bool:
    """Take a run for this process until `release` or its death; false while another process has it."""
    path = _path(run_id)
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


def release(run_id: str) -> None:
    """Give a run back; nothing happens when this process does not have it."""
    lock = _held.pop(_path(run_id), None)
    if lock is not None:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def alive(run_id: str) -> bool:
    """Whether any process does a run; call it while holding the warehouse, so that nobody claims it meanwhile."""
    if _path(run_id) in _held:
        return True
    if not _path(run_id).exists():
        return False
    if not claim(run_id):
        return True
    release(run_id)
    return False


def _path(run_id: str) -> Path:
    return settings().root / "running" / f"{run_id}.lock"

"""A process that ends with its owner, even when that is killed: `python -m flows.command.tether PID MODULE ...`.

A killed process cannot stop its children, so they look after it. What the child itself starts is tethered to the child
once it imports `flows.environment`.
"""

import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable

_OWNER = "CONCERTINO_TETHERED_TO"
_LOOK_S = 0.5
_GRACE_S = 10.0  # from asking it to end to ending it


def follow() -> None:
    """End this process when the tethered one that started it, at whatever remove, is gone; else do nothing."""
    owner = int(os.environ.get(_OWNER, 0))
    if owner and owner != os.getpid():
        _end_when(lambda: not lives(owner))


def lives(pid: int) -> bool:
    """Whether a process of this machine, whoever's it is, has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _end_when(gone: Callable[[], bool]) -> None:
    def watch() -> None:
        while not gone():
            time.sleep(_LOOK_S)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_S)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="tether", daemon=True).start()


def main() -> None:
    """Run a module as `python -m` would, tethered to the parent process."""
    parent, module = int(sys.argv[1]), sys.argv[2]
    _end_when(lambda: os.getppid() != parent)
    os.environ[_OWNER] = str(os.getpid())
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

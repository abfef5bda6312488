"""Which task runner `CONCERTINO_TASK_RUNNER` names, and whether it is there."""

import socket
from importlib.util import find_spec
from urllib.parse import urlsplit

from warehouse.errors import UserError
from warehouse.settings import settings

LOCAL = "dask:local"
CONNECT_S = 10.0
_FEWEST, _MOST = 64, 512  # items of a chunk


def chunk_size(total: int, n_worker: int) -> int:
    """Items of a chunk: some four chunks for each worker, so that none waits long for the last one."""
    return min(_MOST, max(_FEWEST, -(-total // (4 * n_worker))))


def check_runner() -> str | None:
    """The task runner; None where chunks are worked on here.

    Raises:
        UserError: it is not installed, or its scheduler does not answer.
    """
    named = settings().task_runner
    if named == "threads":
        return None
    if find_spec("prefect_dask") is None:
        raise UserError(
            f"CONCERTINO_TASK_RUNNER={named} needs Prefect's Dask task runner, which is not installed; "
            "install concertino's extra `distributed` (pip install -c constraints.txt -e '.[distributed]')"
        )
    if named != LOCAL:
        try:
            there = urlsplit(named)
            socket.create_connection((there.hostname or "", there.port or 0), timeout=CONNECT_S).close()
        except (OSError, ValueError) as error:
            raise UserError(
                f"nobody answers at CONCERTINO_TASK_RUNNER={named} ({error}); start `dask scheduler` there"
            ) from error
    return named

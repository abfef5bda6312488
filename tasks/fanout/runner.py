"""Which task runner `CONCERTINO_TASK_RUNNER` names, and whether it is there."""

import asyncio
import socket
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from warehouse.errors import UserError, reason_of
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


def count_workers(named: str) -> int:
    """How many workers a scheduler has now.

    Args:
        named: the task runner, `dask://HOST:PORT`.

    Raises:
        UserError: it has none, or what answers there is no scheduler of Dask.
    """
    try:
        from distributed.core import rpc  # a client would wait without end for a port that says nothing

        n = asyncio.run(asyncio.wait_for(_n_worker(rpc(scheduler_address(named))), CONNECT_S))
    except Exception as error:  # another protocol's bytes are taken for sizes and names
        raise UserError(
            f"no Dask scheduler answers at CONCERTINO_TASK_RUNNER={named} ({reason_of(error)}); start one there"
        ) from error
    if n == 0:
        raise no_worker(named)
    return n


def no_worker(named: str) -> UserError:
    """An error that says how to start a worker of a scheduler."""
    start = f"dask worker {scheduler_address(named)} --nthreads 1 --preload flows.environment"
    return UserError(
        f"the scheduler of CONCERTINO_TASK_RUNNER={named} has no worker; start some: "
        f"CONCERTINO_HOME={settings().root} {start}"
    )


def scheduler_address(named: str) -> str:
    """Dask's own address of a scheduler."""
    return named.replace("dask://", "tcp://")


async def _n_worker(scheduler: Any) -> int:
    async with scheduler:
        return len((await scheduler.identity())["workers"])

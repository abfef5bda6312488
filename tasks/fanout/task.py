"""Chunk tasks on several processes or hosts, through Prefect's Dask task runner; without one, here and one at a time.

`CONCERTINO_TASK_RUNNER` says which: `threads` (here), `dask:local` (a process per core, as long as a stage needs them)
or `dask://HOST:PORT` (a scheduler and workers that run already, with this home). Dask runs a task again when its worker
dies, and tells nobody: a task has to be one that may be run twice.
"""

import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from typing import Any, TypeVar

from prefect.utilities.callables import get_call_parameters

from tasks.fanout.runner import CONNECT_S, LOCAL, check_runner, no_worker, scheduler_address
from tasks.recorded.task import Task, recorded
from tasks.stopping import GRACE_S, KEPT, Stopped, gently, listening
from warehouse.errors import ConcertinoError, UserError, without_cause
from warehouse.runs import code_version
from warehouse.settings import settings

_A = TypeVar("_A", bound=Sequence[Any])
_LOOK_S = 0.5
_FIRST_WORKER_S = 60.0

_to_end: set[str] = set()  # on a worker: runs whose tasks are asked to end


class Here:
    """This process: a task is done when it is submitted."""

    n = None

    def run(self, task: Task[Any, Any], take: Callable[[], _A | None]) -> Iterator[tuple[_A, Any]]:
        """Run a task with the arguments that `take` gives, until it gives none; each with the task's result."""
        while (arguments := take()) is not None:
            yield arguments, task(*arguments)


class Workers:
    """Processes of a Dask cluster.

    Args:
        runner: Prefect's task runner, started.
        n: tasks at a time.
        run_id: whose tasks these are.
    """

    def __init__(self, runner: Any, n: int, run_id: str) -> None:
        self.n = n
        self._runner = runner
        self._run_id = run_id
        self._ended: Queue[Any] = Queue()
        self._stopped_at: float | None = None

    def stop(self) -> None:
        """Hand out nothing more, and let the tasks that run end soon; called by a signal."""
        self._stopped_at = self._stopped_at or time.monotonic()

    def run(self, task: Task[Any, Any], take: Callable[[], _A | None]) -> Iterator[tuple[_A, Any]]:
        """As of `Here`, but `n` at a time, and in the order in which they end.

        Raises:
            ConcertinoError: the cluster is gone, or workers died under a task again and again.
        """
        running: dict[str, tuple[_A, Any]] = {}
        try:
            while True:
                while len(running) < self.n and not self._stopped_at and (arguments := take()) is not None:
                    future, answer = self._submitted(task, arguments)
                    running[future.key] = arguments, answer
                    future.add_done_callback(self._ended.put)
                if not running:
                    return
                arguments, answer = running.pop(self._first())
                with _readable():
                    result = answer()
                yield arguments, result
        finally:
            if running:  # an error, or out of patience
                with suppress(Exception):  # with a scheduler that is gone, they notice by themselves
                    self._ask_to_end()

    def _submitted(self, task: Task[Any, Any], arguments: Sequence[Any]) -> tuple[Any, Callable[[], Any]]:
        """Dask's future, and what gives the result of an ended one."""
        if not recorded():
            future = self._runner.client.submit(_run, task, arguments, pure=False)
            return future, lambda: _result(future)
        told = self._runner.submit(task, get_call_parameters(task.fn, tuple(arguments), {}))
        return told.wrapped_future, told.result

    def _ask_to_end(self) -> None:
        self._runner.client.run(_end, self._run_id, wait=False)

    def _first(self) -> str:
        """The key of the task that ended first."""
        while True:
            with suppress(Empty):
                return str(self._ended.get(timeout=_LOOK_S).key)
            if self._stopped_at:
                self._ask_to_end()
                if time.monotonic() > self._stopped_at + GRACE_S + _LOOK_S:
                    raise Stopped(KEPT)


@contextmanager
def workers(run_id: str, kept: Callable[[], str] = lambda: KEPT) -> Iterator[Here | Workers]:
    """Who works on the chunks of a run: this process, or those that `CONCERTINO_TASK_RUNNER` names.

    Args:
        run_id: the run.
        kept: what is said when a signal stops it.

    Raises:
        UserError: the runner is not installed, nobody is there, or a worker has another home or version.
        Stopped: a signal came; tasks that run had some seconds to end.
    """
    if (named := check_runner()) is None:
        yield Here()
        return
    with _runner(named) as runner:
        crew = Workers(runner, _there(runner, named, run_id), run_id)
        with gently(crew.stop, kept):
            yield crew


@contextmanager
def stoppable(run_id: str) -> Iterator[None]:
    """Within a task: on a Dask worker, a stop that the flow was asked for counts as one of this process.

    So does the end of the flow itself: nobody waits for the task any more.
    """
    worker = None
    if "distributed" in sys.modules:
        from distributed import get_worker

        with suppress(ValueError):  # not on a worker
            worker = get_worker()
    if worker is None:
        yield
        return
    key = worker.get_current_task()

    def told() -> bool:
        here = worker.state.tasks.get(key)
        return here is None or here.state == "cancelled" or run_id in _to_end

    with listening(told, _LOOK_S):
        try:
            yield
        except Exception as error:
            without_cause(error)
            raise


@contextmanager
def _runner(named: str) -> Iterator[Any]:
    from dask.system import CPU_COUNT
    from prefect_dask import DaskTaskRunner

    # Its tracebacks about a scheduler that is gone would hide our sentence; Dask's own configuration cannot name it by
    # an environment variable, for its name has a dot.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    if named == LOCAL:
        local = {"n_workers": CPU_COUNT, "threads_per_worker": 1, "processes": True, "host": "127.0.0.1"}
        local["dashboard_address"] = "127.0.0.1:0"
        made = DaskTaskRunner(cluster_kwargs=local)
    else:
        made = DaskTaskRunner(address=scheduler_address(named), client_kwargs={"timeout": CONNECT_S})
    with made as runner:
        yield runner


def _there(runner: Any, named: str, run_id: str) -> int:
    """How many workers there are, all of this home and version."""
    client = runner.client
    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER_S)
    except TimeoutError:
        raise no_worker(named) from None
    here = _home()
    for address, home in client.run(_begun, run_id, named == LOCAL, on_error="return").items():
        if isinstance(home, OSError):  # it died at this moment
            continue
        if isinstance(home, Exception):
            raise home
        if home != here:
            raise UserError(
                f"the Dask worker {address} has the home {home}, and this run has {here}; start workers of this "
                f"version with CONCERTINO_HOME={settings().root}"
            )
    return max(1, len(client.nthreads()))


def _home() -> str:
    return f"{settings().root} (Concertino {code_version()})"


def _begun(run_id: str, local: bool) -> str:
    """On a worker: its home and version; one of ours is stopped by the flow, and not by the terminal that both have."""
    _to_end.discard(run_id)
    if local:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return _home()


async def _end(run_id: str) -> None:
    """On a worker; only coroutines are not waited for."""
    _to_end.add(run_id)


@contextmanager
def _readable() -> Iterator[None]:
    """Dask's own errors in one sentence."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    try:
        yield
    except KilledWorker as error:
        raise ConcertinoError(
            "Dask workers died again and again under one chunk (their logs say why, often for want of memory); "
            "the same command continues"
        ) from error
    except (FutureCancelledError, CancelledError, CommClosedError) as error:
        raise ConcertinoError(
            "the Dask scheduler is gone; start it and its workers again, and the same command continues"
        ) from error


def _run(task: Task[Any, Any], arguments: Sequence[Any]) -> tuple[Any, Exception | None]:
    """A task without Prefect's server; its error is handed back, for Dask would log it with the arguments."""
    try:
        return task(*arguments), None
    except Exception as error:
        return None, error


def _result(future: Any) -> Any:
    result, error = future.result()
    if error is not None:
        raise error
    return result

"""Judge in worker processes with a hard time limit per item: a hostile answer costs its own verdict, nothing else."""

import atexit
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import orjson
from joblib import cpu_count

from tasks.score.verdict import Item, Verdict, unjudged
from tasks.score.worker import READY
from warehouse.errors import UserError

LIMIT_S = 5
_WALL = 12  # times the limit: only for an item that waits instead of computing
_START_S = 120.0
_BATCH = 128
_KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


class _Stopped(Exception):
    """The worker was too slow or died; `detail` says which."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class _Worker:
    """One judging process. Its environment holds no keys."""

    def __init__(self, limit_s: int) -> None:
        self._limit_s = limit_s
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tasks.score.worker", str(limit_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
            start_new_session=True,  # Ctrl-C is for us: a worker that it killed would look like a hostile answer
        )
        self._buffer = b""

    def verdicts(self, items: Sequence[Item]) -> Iterator[Verdict]:
        """Verdicts in order, as far as the worker gets.

        Raises:
            _Stopped: the next item took too long or brought the process down.
            UserError: an option of the dataset is wrong.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(orjson.dumps([asdict(item) for item in items]) + b"\n")
            self._process.stdin.flush()
            started = self._line(_START_S) == READY
        except (BrokenPipeError, _Stopped):
            started = False
        if not started:
            raise RuntimeError("the judging process did not start; run `python -m tasks.score.worker 5` to see why")
        for _ in items:
            reply = orjson.loads(self._line(_WALL * self._limit_s))
            if "user_error" in reply:
                raise UserError(reply["user_error"])
            yield Verdict(**reply)

    def alive(self) -> bool:
        """Whether the process can be given items."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Kill the process and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def _last_words(self) -> str:
        if self._process.wait() == -signal.SIGPROF:
            return f"judging took longer than {self._limit_s} s"
        return "judging brought its process down"

    def _line(self, limit_s: float) -> bytes:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
        deadline = time.monotonic() + limit_s
        while b"\n" not in self._buffer:
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise _Stopped(f"judging took longer than {limit_s:g} s of waiting")
            data = os.read(descriptor, 1 << 16)
            if not data:
                raise _Stopped(self._last_words())
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line


class WorkerPool:
    """Judging processes that stay for the next call; as many as there are cores, at most four.

    Args:
        limit_s: seconds of CPU time that one item may take.
    """

    def __init__(self, limit_s: int = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()

    def judge(self, items: Sequence[Item]) -> list[Verdict]:
        """One verdict per item, in order; those that took too long are unjudged."""
        batches = [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]
        if len(batches) < 2:
            return [verdict for batch in batches for verdict in self._judge_batch(batch)]
        with ThreadPoolExecutor(min(4, len(batches), cpu_count())) as threads:
            return [verdict for done in threads.map(self._judge_batch, batches) for verdict in done]

    def close(self) -> None:
        """Stop the processes that wait."""
        with self._lock:
            while self._idle:
                self._idle.pop().stop()

    def _judge_batch(self, items: Sequence[Item]) -> list[Verdict]:
        done: list[Verdict] = []
        worker = self._take()
        try:
            while len(done) < len(items):
                try:
                    for verdict in worker.verdicts(items[len(done) :]):
                        done.append(verdict)
                except _Stopped as stopped:
                    done.append(unjudged(stopped.detail))
                    worker.stop()
                    worker = _Worker(self._limit_s)
        except BaseException:
            worker.stop()
            raise
        with self._lock:
            self._idle.append(worker)
        return done

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive():
                    return worker
                worker.stop()
        return _Worker(self._limit_s)


pool = WorkerPool()
atexit.register(pool.close)

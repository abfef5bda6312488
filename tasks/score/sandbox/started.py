"""A sandbox that was started, seen from outside: it judges one job after the other."""

import os
import secrets
import signal
import subprocess
import weakref
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Timer

from tasks.score.sandbox.box import Box
from tasks.score.sandbox.forkserver import HEADER

_ADVICE = ("Run 'docker", "See 'docker")  # Docker's last line, after what is wrong


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sandbox said of a job.

    Args:
        line: its answer; empty when the job ended without one.
        slow: its time limit stopped it before it answered.
        complaint: the last line that it said of itself, where the job ended it.
    """

    line: bytes
    slow: bool = False
    complaint: str = ""


class Started:
    """A sandbox for one thread: bubblewrap's ends with the thread that started it."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self._idle = True
        self._name = f"concertino-{secrets.token_hex(8)}"
        self._process = subprocess.Popen(
            box.command(self._name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: os.environ[name] for name in box.environment if name in os.environ},
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._pipes = self._process.stdin, self._process.stdout, self._process.stderr
        self.end = weakref.finalize(self, _end, self._process, box, self._name)

    @property
    def usable(self) -> bool:
        """Whether it takes another job."""
        return self._idle and self.end.alive and self._process.poll() is None

    def judge(self, job: bytes, limit_s: int, wall_s: int) -> Answer:
        """Give it a job; a job that breaks it or takes too long ends it.

        Args:
            job: as `forkserver` reads it.
            limit_s: seconds of CPU time.
            wall_s: seconds of wall time; start of the sandbox not counted.
        """
        jobs, answers, complaints = self._pipes
        slow = Event()

        def stop() -> None:
            slow.set()
            _kill(self._process, self.box, self._name)

        self._idle = False  # whatever interrupts this
        timer = Timer(wall_s + self.box.start_s, stop)
        timer.start()
        line, done = b"", False
        try:
            with suppress(BrokenPipeError):  # then there is nothing to be read either
                jobs.write(HEADER.pack(limit_s, wall_s, len(job)) + job)
                jobs.flush()
            for said in answers:
                if done := said == b"\n":
                    return Answer(line)
                line = said
            return Answer(line, slow.is_set() and not line, _last_line(complaints.read()))
        finally:
            timer.cancel()
            timer.join()  # it may be about to stop what would be the next job
            self._idle = done and not slow.is_set()
            if not self._idle:
                self.end()


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode(errors="replace").strip().splitlines()
    return next((line[:200] for line in reversed(lines) if line and not line.startswith(_ADVICE)), "")


def _kill(process: subprocess.Popen[bytes], box: Box, name: str) -> None:
    if process.poll() is None:  # its death takes the whole process namespace with it
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if box.stop:
            box.stop(name)


def _end(process: subprocess.Popen[bytes], box: Box, name: str) -> None:
    _kill(process, box, name)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        with suppress(OSError):
            pipe.close()  # type: ignore[union-attr]

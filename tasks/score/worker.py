"""The process that judges: reads batches of items as JSON lines, writes one line per verdict. Killed when too slow.

It holds no secret and little memory, and what it writes is parsed as JSON only: model text that upsets a parser can
harm nothing but this process.
"""

import contextlib
import os
import resource
import signal
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import chain
from typing import BinaryIO

import orjson

from tasks.score.registry import Scorer, scorers
from tasks.score.verdict import Item, Verdict, unjudged
from warehouse.errors import UserError

MEMORY_BYTES = 2 << 30
READY = b"ready"


def serve(requests: BinaryIO, replies: BinaryIO, limit_s: int) -> None:
    """Answer batches until the other end closes: `ready` once imports are done, then a verdict per item, in order.

    A whole batch is read before its first verdict is written, so neither side can block the other. The kernel ends the
    process when one item takes more than `limit_s` seconds of CPU time: a busy machine changes no verdict.
    """
    prepared: set[str] = set()
    for line in requests:
        _bound_cpu(0)  # imports are not on an item's account
        items = [Item(**fields) for fields in orjson.loads(line)]
        for name in {item.scorer for item in items} - prepared:
            prepare = scorers.get(name).prepare
            if prepare:
                prepare()
            prepared.add(name)
        for reply in chain((READY,), _replies(items, limit_s)):
            replies.write(reply + b"\n")
            replies.flush()


def _replies(items: list[Item], limit_s: int) -> Iterator[bytes]:
    for item in items:
        _bound_cpu(limit_s)
        try:
            verdict = judged(scorers.get(item.scorer), item)
        except UserError as error:
            yield orjson.dumps({"user_error": str(error)})
        else:
            yield orjson.dumps(asdict(verdict))


def _bound_cpu(seconds: int) -> None:
    """Let the kernel end this process after so many more seconds of CPU time; 0: after any number.

    A timer, for RLIMIT_CPU counts from the start in ticks, of which a process may get half or twice its share, and
    nothing tells how many it has had.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)


def judged(scorer: Scorer, item: Item) -> Verdict:
    """A scorer's verdict; what upsets it is a limit of ours."""
    try:
        return _encodable(scorer.judge(item))
    except UserError:
        raise
    except MemoryError:
        return unjudged("judging needed too much memory")
    except Exception as error:  # one odd answer must not stop the batch; unjudged ones are counted and reported
        return unjudged(f"{type(error).__name__}: {error}"[:200])


def _encodable(verdict: Verdict) -> Verdict:
    """A verdict without lone surrogates, which JSON can spell and UTF-8 cannot."""
    answer = verdict.extracted
    if answer is None or answer.isascii():
        return verdict
    return replace(verdict, extracted=answer.encode("utf-8", "replace").decode())


def main(limit_s: int) -> None:
    """Serve on standard input and output; whatever else is printed goes nowhere."""
    warnings.simplefilter("ignore")
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # whoever started us may ignore it
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    serve(sys.stdin.buffer, replies, limit_s)


if __name__ == "__main__":
    main(int(sys.argv[1]))

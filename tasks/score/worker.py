"""The process that judges: reads batches of items as JSON lines, writes one line per verdict. Killed when too slow.

It holds no secret and little memory, and what it writes is parsed as JSON only: model text that upsets a parser can
harm nothing but this process.
"""

import contextlib
import math
import os
import resource
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict
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
        items = [Item(**fields) for fields in orjson.loads(line)]
        _bound_cpu(None)  # imports are not on an item's account
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


def _bound_cpu(seconds: int | None) -> None:
    """Let the kernel end this process after so many more seconds of CPU time; None: after any number."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = hard if seconds is None else math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def judged(scorer: Scorer, item: Item) -> Verdict:
    """A scorer's verdict; what upsets it is a limit of ours."""
    try:
        return scorer.judge(item)
    except UserError:
        raise
    except MemoryError:
        return Verdict(0.0, "timeout", None, "judging needed too much memory")
    except Exception as error:  # one odd answer must not stop the batch; unjudged ones are counted and reported
        return unjudged(f"{type(error).__name__}: {error}"[:200])


def main(limit_s: int) -> None:
    """Serve on standard input and output; whatever else is printed goes nowhere."""
    warnings.simplefilter("ignore")
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    serve(sys.stdin.buffer, replies, limit_s)


if __name__ == "__main__":
    main(int(sys.argv[1]))

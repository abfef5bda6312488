"""Judge answers: the one entry for the score stage, collaboration and anybody else."""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from joblib import cpu_count

from profiles.dataset import Dataset
from tasks.score import isolate
from tasks.score.judges.contract import Judge, judges
from tasks.score.registry import Scorer, parse_options, scorers
from tasks.score.verdict import Item, Verdict, unjudged
from tasks.score.worker import judged

PENDING = unjudged("a model judges it: run `concertino score`")
SANDBOXES_AT_ONCE = min(8, cpu_count())  # of the container, not of its host; a program may take 512 MB


def judge(items: Sequence[Item]) -> list[Verdict]:
    """One verdict per item, in order; where a model judges, the verdict is `PENDING` until `concertino score` asks it.

    No model text is evaluated in this process: scorers run in worker processes with a time limit per item, those
    that run code start a sandbox.

    Raises:
        UserError: an unknown scorer or option, or a scorer needs the sandbox and there is none.
    """
    models = judges.names()
    if any(item.scorer in models for item in items):
        found = iter(judge([item for item in items if item.scorer not in models]))
        return [PENDING if item.scorer in models else next(found) for item in items]
    _check_options(items)
    sandboxed = [scorers.get(item.scorer).sandboxed for item in items]
    plain = iter(isolate.pool.judge([item for item, apart in zip(items, sandboxed, strict=True) if not apart]))
    with ThreadPoolExecutor(_sandboxes()) as threads:
        apart = threads.map(_judge_one, [item for item, apart in zip(items, sandboxed, strict=True) if apart])
        return [next(apart) if is_apart else next(plain) for is_apart in sandboxed]


def _sandboxes() -> int:
    """How many at once. A program's limit is one of the clock, too, and Dask has a process like this one per core."""
    if "distributed" in sys.modules:
        from distributed import get_worker

        with suppress(ValueError):  # not on a worker
            get_worker()
            return min(2, SANDBOXES_AT_ONCE)
    return SANDBOXES_AT_ONCE


def _check_options(items: Sequence[Item]) -> None:
    checked: set[tuple[str, int]] = set()
    for item in items:
        if (item.scorer, id(item.options)) not in checked:  # one dataset's items share one mapping
            parse_options(scorers.get(item.scorer).options, item.scorer, item.options)
            checked.add((item.scorer, id(item.options)))


def check_dataset(dataset: Dataset) -> None:
    """Find out whether answers to a dataset's questions can be judged as its specification says.

    Raises:
        UserError: an unknown scorer, or an option that its scorer does not know.
    """
    for name in dataset.also_scorers:
        _named(name)
    if dataset.scorer is not None:
        parse_options(_named(dataset.scorer).options, dataset.scorer, dataset.scorer_options)


def scorer_version(name: str) -> str:
    """The current version of a scorer or judge, part of the key of its verdicts.

    Raises:
        UserError: no such scorer; the message lists them.
    """
    return _named(name).version


def version_of(item: Item) -> str:
    """The version that a verdict on an item has: the scorer's; of a judge with the model that judges, as "1/gpt-4o"."""
    version = scorer_version(item.scorer)
    return f"{version}/{item.options.get('model')}" if item.scorer in judges.names() else version


def mode_of(name: str) -> str:
    """The score mode of a scorer's or judge's verdicts."""
    return _named(name).mode


def scorer_of(question: Mapping[str, Any], mode: str) -> str | None:
    """The scorer of a mode among those that a question's dataset names, else its first one; None where it has none.

    Args:
        question: with `scorer` and, where it has others, `also_scorers`.
        mode: the score mode that a run prefers.
    """
    first = question["scorer"]
    named = [first, *(question.get("also_scorers") or [])]
    return next((name for name in named if name is not None and mode_of(name) == mode), first)


def options_of(question: Mapping[str, Any], scorer: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """A dataset's `scorer_options` for one of its scorers: all of them for its first, for others those they know."""
    if question["scorer"] == scorer:
        return options
    known = _named(scorer).options.model_fields
    return {name: value for name, value in options.items() if name in known}


def needs_sandbox(name: str) -> bool:
    """Whether a scorer runs model code, and so can only be used where the sandbox works."""
    return scorers.get(name).sandboxed


def _named(name: str) -> Scorer | Judge:
    return judges.get(name) if name in judges.names() else scorers.get(name)


def _judge_one(item: Item) -> Verdict:
    return judged(scorers.get(item.scorer), item)

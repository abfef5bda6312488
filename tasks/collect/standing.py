"""Which answers count once a model is asked in another way: those to the prompt, and with the parameters, of today."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from profiles.schema import Pool
from tasks.collect.cache import Known
from tasks.collect.models import Models
from tasks.collect.record import Request
from warehouse.connect import rows


@dataclass(frozen=True, slots=True)
class Standing:
    """What is asked so that its answers count, and what counts again.

    Args:
        missing: the requests that are asked.
        again: responses that are known and count again, as rows of `response`.
        changed: model → questions of which another answer counts from now on.
    """

    missing: list[Request]
    again: pl.DataFrame
    changed: Mapping[str, int]


def standing_of(
    pool: Pool,
    requests: Sequence[Request],
    missing: Sequence[Request],
    known: Mapping[str, Known],
    datasets: Sequence[str],
) -> Standing:
    """Compare the requests whose answers count with those that a pool makes.

    An answer with other parameters, or to another prompt, is no further sample of the same model: what is asked now
    counts instead, and what was asked before counts again when the pool returns to it.

    Args:
        pool: the models, as they are asked now.
        requests: what is wanted, asked for the first time each.
        missing: those of them without an answer.
        known: request key → what is kept of the answer.
        datasets: globs over dataset names.
    """
    sought = {"asked": list({one.question_id for one in missing}), "askable": list({one.model for one in missing})}
    found = rows("answer_standing", datasets=list(datasets), models=pool.models, **sought)
    counting = {(question, model): (refresh, counts) for question, model, refresh, counts in found.iter_rows()}
    models = Models(pool, {}, {})
    wanted: dict[tuple[str, str], list[Request]] = {}
    for request in requests:
        if (pair := (request.question_id, request.model)) in counting:
            wanted.setdefault(pair, []).append(request)
    level: dict[tuple[str, str], int] = {}
    again: dict[str, int] = {}
    for pair, samples in wanted.items():
        level[pair], counts = counting[pair]
        own = {one["sample_index"]: replace(samples[0], sample_index=one["sample_index"]) for one in counts}
        if all(one["request_key"] in _keys(models, own[one["sample_index"]], level[pair]) for one in counts):
            continue
        own |= {one.sample_index: one for one in samples}
        last = [max(map(known.get, _keys(models, one, level[pair])), key=_asked_at) for one in own.values()]
        level[pair] += 1
        again |= {answer.response_id: level[pair] for answer in last if answer is not None}
    whole = rows("response_row", responses=list(again))
    return Standing(
        [replace(one, standing=level.get((one.question_id, one.model), 0)) for one in missing],
        whole.with_columns(refresh=pl.col("response_id").replace_strict(again, return_dtype=pl.Int32)),
        Counter(model for (question, model), new in level.items() if new > counting[question, model][0]),
    )


def _keys(models: Models, request: Request, refresh: int) -> Iterator[str]:
    """A request's keys for each time that it may have been asked; one of the first two nearly always counts."""
    for times in dict.fromkeys((refresh, 0, *range(refresh - 1, 0, -1))):
        yield models.keyed(replace(request, refresh=times)).key


def _asked_at(answer: Known | None) -> datetime:
    return datetime.min if answer is None else answer.created_at

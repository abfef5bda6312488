"""Which answers count once a model is asked in another way: those to the prompt, and with the parameters, of today."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from profiles.schema import Pool
from tasks.collect.cache import Known
from tasks.collect.models import Models
from tasks.collect.record import Keyed, Request
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
    counting = {(question, model): rest for question, model, *rest in found.iter_rows()}
    models = Models(pool)
    wanted: dict[tuple[str, str], list[Request]] = {}
    for request in requests:
        if (pair := (request.question_id, request.model)) in counting:
            wanted.setdefault(pair, []).append(request)
    level: dict[tuple[str, str], int] = {}
    again: dict[str, int] = {}
    kept: set[tuple[str, str, int]] = set()
    for pair, samples in wanted.items():
        level[pair], n_sample, counts = counting[pair]
        own = {sample: replace(samples[0], sample_index=sample) for sample in range(n_sample)}
        if all(
            any(one["request_key"] == each.key for each in _ways(models, own[one["sample_index"]], level[pair]))
            for one in counts
        ):
            kept |= {(*pair, one["sample_index"]) for one in counts}
            continue
        own |= {one.sample_index: one for one in samples}
        last = [_last(_ways(models, one, level[pair]), known) for one in own.values()]
        level[pair] += 1
        again |= {response: level[pair] for response in last if response is not None}
    whole = rows("response_row", responses=list(again))
    kept.update(whole.select("question_id", "model", "sample_index").iter_rows())
    return Standing(
        [
            replace(one, standing=level.get((one.question_id, one.model), 0))
            for one in missing
            # The words are known from another question: whoever was asked anew since has an older answer with them.
            if (one.question_id, one.model, one.sample_index) not in kept or models.keyed(one).key not in known
        ],
        whole.with_columns(refresh=pl.col("response_id").replace_strict(again, return_dtype=pl.Int32)),
        Counter(model for (question, model), new in level.items() if new > counting[question, model][0]),
    )


def _ways(models: Models, request: Request, refresh: int) -> Iterator[Keyed]:
    """A request for each time that it may have been asked; one of the first two nearly always counts."""
    for times in dict.fromkeys((refresh, 0, *range(refresh - 1, 0, -1))):
        yield models.keyed(replace(request, refresh=times))


def _last(ways: Iterable[Keyed], known: Mapping[str, Known]) -> str | None:
    """The identifier of the last answer, if the question has it: what is known may be of another with these words."""
    found = [(answer.created_at, one.response_id(answer.text_hash)) for one in ways if (answer := known.get(one.key))]
    return max(found)[1] if found else None

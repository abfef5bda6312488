"""Which answers a run wants, and in which order."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from profiles.schema import Pool, RunProfile
from tasks.collect.cache import load_cache
from tasks.collect.estimate import estimate_requests
from tasks.collect.messages import messages_of
from tasks.collect.models import Models
from tasks.collect.providers import answerable_live
from tasks.collect.record import Request
from warehouse.connect import rows
from warehouse.errors import UserError


def nothing_to_ask(run: RunProfile, pool: Pool, *, pool_chosen: bool) -> str | None:
    """Why a run asks no model anything, in one sentence; None when it does.

    Args:
        run: the profile.
        pool: its pool, or the one chosen instead.
        pool_chosen: somebody named a pool for this run, so wants it asked whatever the profile says.
    """
    if not any(answerable_live(model) for model in pool.model_list):
        return f"nothing to collect: every model of pool '{pool.name}' is replayed from recorded answers"
    if not run.collect and not pool_chosen:
        return f"nothing to collect: profile '{run.name}' says collect: false"
    return None


def questions_of(datasets: Sequence[str], limit: int | None = None, profile: str = "demo") -> pl.DataFrame:
    """The questions of datasets, as `warehouse/reads/question.sql` gives them.

    Args:
        datasets: globs over dataset names.
        limit: at most so many per dataset, the first by source key.
        profile: whose datasets these are, for the message.

    Raises:
        UserError: there are none.
    """
    questions = rows("question", datasets=list(datasets))
    if questions.is_empty():
        like = ", ".join(datasets)
        raise UserError(f"no question is of a dataset like {like}; run `concertino ingest --profile {profile}` first")
    return questions if limit is None else questions.group_by("dataset", maintain_order=True).head(limit)


def requests_for(questions: pl.DataFrame, pool: Pool, samples: int = 1) -> list[Request]:
    """One request per question, live model and sample.

    Question by question, so that all providers are busy from the start, and what is there after a stop is complete
    rows of the outcome matrix.

    Args:
        questions: rows with question_id, text and prompt.
        pool: the pool; models that can only be replayed are left out.
        samples: answers per question and model.
    """
    live = [model.model_name for model in pool.model_list if answerable_live(model)]
    return [
        Request(question["question_id"], model, messages_of(question), sample_index=sample)
        for question in questions.iter_rows(named=True)
        for sample in range(samples)
        for model in live
    ]


def estimated(questions: pl.DataFrame, pool: Pool, datasets: Sequence[str], samples: int) -> list[dict[str, Any]]:
    """What collecting would take, a line per dataset and model; nothing is asked and no key is needed.

    Args:
        questions: as `questions_of` gives them.
        pool: the models.
        datasets: globs over dataset names: where known answers are looked for.
        samples: answers per question and model.
    """
    of_question = dict(questions.select("question_id", "dataset").iter_rows())
    found = estimate_requests(pool, requests_for(questions, pool, samples), load_cache(datasets).known, of_question)
    return [asdict(line) for line in found]


def missing_of(pool: Pool, requests: Sequence[Request], datasets: Sequence[str]) -> list[Request]:
    """The requests whose answers are not there.

    Args:
        pool: the models.
        requests: what is wanted.
        datasets: globs over dataset names: where known answers are looked for.
    """
    known = load_cache(datasets).known  # loads the calls that a killed process left, too
    return Models(pool).missing(requests, known)

"""Which known answers a night asks anew: a rotating sample per model, stratified by dataset, and what is too old."""

import math
from datetime import datetime, timedelta

import polars as pl

from profiles.schema import Pool, Refresh
from tasks.collect.messages import messages_of
from tasks.collect.providers import answerable_live
from tasks.collect.record import Request
from warehouse.connect import rows
from warehouse.identity import hash_parts
from warehouse.writer import now

AHEAD = timedelta(hours=1)  # so far hosts' clocks may differ; what is dated later, a wrong clock has dated
_ONE_NIGHT = timedelta(hours=12)  # a night that was cut off is gone on with, not begun again


def last_decision(profile: str, run_id: str) -> datetime:
    """When the last decision on another run of a profile was made, UTC; before the first, twelve hours ago.

    One of a night whose clock was wrong, which is yet to come, is not the last: no answer would be newer.
    """
    found = rows("last_decision", profile=profile, run=run_id, until=now() + AHEAD)["decided_at"].item()
    return found or now() - _ONE_NIGHT


def last_night_usd(profile: str, run_id: str) -> float:
    """US dollars that the run of the last decision spent on anything but answers; 0 before the first."""
    return float(rows("last_night_spent", profile=profile, run=run_id, until=now() + AHEAD)["spent_usd"].item())


def night_began(profile: str, run_id: str) -> datetime:
    """Answers that are asked from this moment on are tonight's, also those of an attempt that was cut off."""
    return max(last_decision(profile, run_id), now() - _ONE_NIGHT)


def refresh_requests(
    questions: pl.DataFrame, pool: Pool, rule: Refresh, known: pl.DataFrame, *, since: datetime, today: datetime
) -> list[Request]:
    """Requests for what is asked anew, in an order that keeps the sample stratified wherever a budget ends it.

    Each model is asked a share of what it has answered, less what was asked since the night began. Within a dataset
    the answers of the oldest day come first, in an order by hash that is the same for all models.

    Args:
        questions: rows of `warehouse/reads/question.sql`.
        pool: the pool; models that can only be replayed are left out.
        rule: how much.
        known: rows of `warehouse/reads/answer_age.sql`.
        since: when the night began.
        today: now, for the answers' age.
    """
    live = [model.model_name for model in pool.model_list if answerable_live(model)]
    row_of = {row["question_id"]: row for row in questions.iter_rows(named=True)}
    own = known.filter(pl.col("model").is_in(live) & pl.col("question_id").is_in(list(row_of)))
    chosen = [_due(answers, rule, since, today) for _, answers in own.group_by("model", maintain_order=True)]
    if not chosen:
        return []
    return [
        Request(one["question_id"], one["model"], messages_of(row_of[one["question_id"]]), refresh=one["refresh"] + 1)
        for one in pl.concat(chosen).sort("place", "order", "model").iter_rows(named=True)
    ]


def _due(answers: pl.DataFrame, rule: Refresh, since: datetime, today: datetime) -> pl.DataFrame:
    """The answers of one model that are asked anew, with their place (0 to 1) in the dataset's queue."""
    tonight = pl.col("asked_at").is_between(since, today + AHEAD)
    waiting = answers.filter(~tonight)
    wanted = max(math.ceil(rule.share * len(answers)), rule.at_least) - (len(answers) - len(waiting))
    queue = waiting.with_columns(
        day=pl.col("asked_at").dt.date(),
        order=pl.Series([hash_parts("refresh", question) for question in waiting["question_id"]], dtype=pl.String),
    ).sort("day", "refresh", "order")
    number = pl.int_range(pl.len()).over("dataset")
    placed = queue.with_columns(place=(number + 0.5) / pl.len().over("dataset")).sort("place", "order")
    too_old = pl.col("asked_at") < today - timedelta(days=rule.max_age_days)
    return placed.filter((pl.int_range(pl.len()) < wanted) | too_old)

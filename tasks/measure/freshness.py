"""How old the answers behind a run's figures are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from profiles.schema import RunProfile
from tasks.collect.refresh import AHEAD, last_decision
from warehouse.connect import rows
from warehouse.writer import now


@dataclass(frozen=True, slots=True)
class Freshness:
    """The answers that a run's figures are of.

    Args:
        n_new: asked since the last decision on the profile.
        n_reused: asked before.
        oldest_at: when the oldest was asked, UTC; None without any.
        failed: model → requests of the run that no attempt gave an answer to.
        looked_at: the moment that ages are told from.
    """

    n_new: int
    n_reused: int
    oldest_at: datetime | None
    failed: Mapping[str, int]
    looked_at: datetime

    @property
    def n_failed(self) -> int:
        """Requests without an answer, all models."""
        return sum(self.failed.values())

    def __str__(self) -> str:
        told = [f"{self.n_new:,} new", f"{self.n_reused:,} reused"]
        if self.oldest_at is not None:
            days = max(0, (self.looked_at - self.oldest_at).days)  # the clock may have been set back
            told.append(f"oldest {days} {'day' if days == 1 else 'days'}")
        told += [
            f"none from {model} to {n:,} {'request' if n == 1 else 'requests'}" for model, n in self.failed.items()
        ]
        return ", ".join(told)


def freshness(run: RunProfile, run_id: str, cells: pl.DataFrame) -> Freshness:
    """Look up when the answers of a run's outcome matrix were asked.

    Args:
        run: the profile.
        run_id: the run.
        cells: question_id, model and response_id; null where there is no answer.
    """
    models = cells["model"].unique().to_list()
    ages = rows("answer_age", datasets=run.datasets, models=models)
    asked = cells.drop_nulls("response_id").join(ages, on=["question_id", "model"])["asked_at"]
    looked_at = now()
    n_new = int(asked.is_between(last_decision(run.name, run_id), looked_at + AHEAD).sum())
    failed = dict(rows("run_unanswered", run=run_id).iter_rows())
    oldest: datetime | None = asked.min()  # type: ignore[assignment]
    return Freshness(n_new, len(asked) - n_new, oldest, failed, looked_at)

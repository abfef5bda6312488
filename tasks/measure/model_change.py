"""Which models got better or worse, on the answers that were asked anew since the baseline run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from tasks.measure.accuracy import difference
from tasks.measure.intervals import holm
from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.snapshot import load_snapshot

CELL: dict[str, Any] = {
    "question_id": pl.String,
    "dataset": pl.String,
    "model": pl.String,
    "score": pl.Float64,
    "response_id": pl.String,
    "n_sample": pl.Int32,
}
"""Columns of the cells of an outcome matrix."""
_EQUAL = 1e-9  # up to rounding


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A model's answers now against its answers to the same questions then, macro over datasets.

    `p_holm` is the p-value of the difference's sign-flip test, corrected over the models; n counts questions.
    """

    model: str
    before: float
    after: float
    difference: float
    ci_low: float
    ci_high: float
    p_value: float
    p_holm: float
    n: int


def cells_of(run_id: str) -> pl.DataFrame:
    """Every model's answer to every question in a run; empty when its snapshot was deleted."""
    found = rows("run_metric", run=run_id)
    try:
        snapshot = load_snapshot(str(found["snapshot_id"].first()))
    except UserError:
        return pl.DataFrame(schema=CELL)
    return snapshot.cells.join(snapshot.questions.select("question_id", "dataset"), on="question_id").select(*CELL)


def judged_otherwise(before: pl.DataFrame, after: pl.DataFrame, judged: pl.Series) -> list[str]:
    """Questions that have another truth or another rule than then: an answer that is in both runs has another score.

    Args:
        before: question_id, model, score, response_id and n_sample of the baseline run.
        after: the same of the run that is judged.
        judged: identifiers of the responses that were judged since the baseline run, by the clocks of their hosts. Only
            a score of several samples may change without that, by a further one.
    """
    same = after.join(before, on=["question_id", "model", "response_id"], suffix="_before")
    again = pl.max_horizontal("n_sample", "n_sample_before").eq(1) | pl.col("response_id").is_in(judged.implode())
    other = again & (pl.col("score") - pl.col("score_before")).abs().gt(_EQUAL)
    return same.filter(other)["question_id"].unique(maintain_order=True).to_list()


def changed_models(
    before: pl.DataFrame, after: pl.DataFrame, flips: int, generator: np.random.Generator
) -> tuple[ModelChange, ...]:
    """Changes of the models that have other answers than before, the most worsened first.

    Args:
        before: question_id, dataset, model, score and response_id of the baseline run.
        after: the same of the run that is judged.
        flips: sign vectors of the test.
        generator: their source.
    """
    anew = (
        after.join(before.drop("dataset"), on=["question_id", "model"], suffix="_before")
        .filter(pl.col("response_id") != pl.col("response_id_before"))
        .drop_nulls(["score", "score_before"])
        .sort("model", "dataset", "question_id")
    )
    found = [_change(str(name), own, flips, generator) for (name,), own in anew.group_by("model", maintain_order=True)]
    corrected = holm([one.p_value for one in found])
    changes = (replace(one, p_holm=float(p)) for one, p in zip(found, corrected, strict=True))
    return tuple(sorted(changes, key=lambda one: (one.difference, one.model)))


def got_worse(changes: Sequence[ModelChange], minimum_effect: float, alpha: float) -> Iterator[str]:
    """A clause for each model that is worse by the test at level alpha and by at least the minimum effect."""
    for one in changes:
        if one.p_holm < alpha and one.difference <= -minimum_effect:
            yield (
                f"model {one.model} got worse by {-100 * one.difference:.1f} points (95 % interval "
                f"{-100 * one.ci_high:.1f} to {-100 * one.ci_low:.1f}, {one.n:,} answers asked anew)"
            )


def _change(model: str, own: pl.DataFrame, flips: int, generator: np.random.Generator) -> ModelChange:
    strata = np.unique(own["dataset"].to_numpy(), return_inverse=True)[1]
    found = difference(own["score"].to_numpy(), own["score_before"].to_numpy(), strata, flips, generator)
    by_dataset = own.group_by("dataset").agg(pl.col("score", "score_before").mean()).mean()
    return ModelChange(
        model,
        by_dataset["score_before"][0],
        by_dataset["score"][0],
        found.difference,
        found.ci_low,
        found.ci_high,
        found.p_value,
        found.p_value,
        found.n,
    )

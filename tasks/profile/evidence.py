"""What every model of a pool got on every question: the run's verdict, else what labels say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.snapshot import priced

_CELL = ["question_id", "model"]
_CELLS = ("scores", "costs", "extracted", "response_ids", "provenance")


@dataclass(frozen=True, eq=False)
class Evidence:
    """Q questions, P models in pool order.

    Args:
        questions: rows of `warehouse/reads/question.sql`.
        models: P names.
        scores: (Q, P) in [0, 1], mean over samples, or over labels where there is no verdict; NaN without either.
        costs: (Q, P) USD of the first answer; NaN where unknown.
        extracted: (Q, P) canonical answer of the first answer; None where nothing was extracted.
        response_ids: (Q, P) first answer; None where there is none.
        provenance: (Q, P) whose the score is: the verdict's mode, or who labelled it; None where there is none.
    """

    questions: pl.DataFrame
    models: tuple[str, ...]
    scores: np.ndarray
    costs: np.ndarray
    extracted: np.ndarray
    response_ids: np.ndarray
    provenance: np.ndarray

    def at(self, rows: np.ndarray) -> "Evidence":
        """The same of some questions: positions, or (Q,) whether."""
        kept = {name: getattr(self, name)[rows] for name in _CELLS}
        questions = self.questions.filter(rows) if rows.dtype == bool else self.questions[rows]
        return Evidence(questions, self.models, **kept)


def load_evidence(
    datasets: Sequence[str], models: Sequence[str], verdict: str, prices: Mapping[str, tuple[float, float]]
) -> Evidence:
    """Read the answers and labels of a pool. Where there is a verdict, labels do not count.

    Args:
        datasets: globs over dataset names.
        models: P names in pool order.
        verdict: `fixed` or `recorded`: whose score counts where both exist.
        prices: USD per million prompt and completion tokens, for answers whose cost was not recorded.

    Raises:
        UserError: there is no question.
    """
    questions = rows("question", datasets=list(datasets))
    if questions.is_empty():
        raise UserError(f"no question is of a dataset like {', '.join(datasets)}; ingest some first")
    found = rows("answer_verdict", datasets=list(datasets), models=list(models), verdict=verdict)
    answers = (
        priced(found, prices)
        .sort("sample_index", "response_id")
        .group_by("question_id", "model", maintain_order=True)
        .agg(pl.col("score").mean(), pl.col("cost_usd", "extracted", "response_id").first())
    )
    cells = (
        questions.select("question_id")
        .join(pl.DataFrame({"model": list(models)}), how="cross", maintain_order="left_right")
        .join(answers, on=_CELL, how="left", maintain_order="left")
        .join(rows("label", datasets=list(datasets), models=list(models)), on=_CELL, how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("score", "label").alias("score"),
            pl.when(pl.col("score").is_not_null()).then(pl.lit(verdict)).otherwise("provenance").alias("provenance"),
        )
    )

    def column(name: str) -> np.ndarray:
        return cells[name].to_numpy().reshape(len(questions), len(models))

    return Evidence(
        questions=questions,
        models=tuple(models),
        scores=column("score"),
        costs=column("cost_usd"),
        extracted=column("extracted"),
        response_ids=column("response_id"),
        provenance=column("provenance"),
    )

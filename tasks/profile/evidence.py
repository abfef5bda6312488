"""What every model of a pool got on every question, as the run's verdict has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.snapshot import priced


@dataclass(frozen=True, eq=False)
class Evidence:
    """Q questions, P models in pool order.

    Args:
        questions: rows of `warehouse/reads/question.sql`.
        models: P names.
        scores: (Q, P) in [0, 1], mean over samples; NaN where there is no verdict.
        costs: (Q, P) USD of the first answer; NaN where unknown.
        extracted: (Q, P) canonical answer of the first answer; None where nothing was extracted.
        response_ids: (Q, P) first answer; None where there is none.
    """

    questions: pl.DataFrame
    models: tuple[str, ...]
    scores: np.ndarray
    costs: np.ndarray
    extracted: np.ndarray
    response_ids: np.ndarray


def load_evidence(
    datasets: Sequence[str], models: Sequence[str], verdict: str, prices: Mapping[str, tuple[float, float]]
) -> Evidence:
    """Read the answers of a pool.

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
        .join(answers, on=["question_id", "model"], how="left", maintain_order="left")
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
    )

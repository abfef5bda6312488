"""What every model of a pool got on every question: the one matrix, its one loader, its one cost rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from profiles.arrays import Bool1D, Bool2D
from warehouse.connect import connection, rows
from warehouse.errors import UserError
from warehouse.snapshot import Snapshot

_CELL = ["question_id", "model"]
_FACTS = ("score", "cost_usd", "latency_s", "tokens", "extracted", "response_id", "provenance")


@dataclass(frozen=True, eq=False)
class OutcomeMatrix:
    """Q questions, M models; what is unknown is NaN, or None in arrays of text.

    Args:
        questions: Q rows with question_id, dataset, content_hash and what else their source gives.
        models: M names in pool order, which breaks ties.
        score: (Q, M) in [0, 1], mean over samples, or over labels where there is no verdict.
        cost_usd: (Q, M) USD per answer: mean over samples, unknown where any of them is.
        latency_s: (Q, M) seconds per answer, likewise.
        tokens: (Q, M) prompt and completion tokens per answer, likewise.
        extracted: (Q, M) canonical answer of the first sample; None where nothing was extracted.
        response_id: (Q, M) first sample; None where there is no answer.
        provenance: (Q, M) whose the score is: the verdict's mode, or who labelled it; None where there is none.
    """

    questions: pl.DataFrame
    models: tuple[str, ...]
    score: np.ndarray
    cost_usd: np.ndarray
    latency_s: np.ndarray
    tokens: np.ndarray
    extracted: np.ndarray
    response_id: np.ndarray
    provenance: np.ndarray

    @classmethod
    def of(cls, questions: pl.DataFrame, models: Sequence[str], **facts: np.ndarray) -> "OutcomeMatrix":
        """A matrix that knows these facts, (Q, M) each, and nothing else."""
        shape = len(questions), len(models)
        unknown = {name: np.full(shape, np.nan) for name in _FACTS[:4]}
        unknown |= {name: np.full(shape, None, dtype=object) for name in _FACTS[4:]}
        return cls(questions, tuple(models), **(unknown | facts))

    @cached_property
    def question_ids(self) -> np.ndarray:
        """(Q,) text."""
        return self.questions["question_id"].to_numpy()

    @cached_property
    def datasets(self) -> np.ndarray:
        """(Q,) text."""
        return self.questions["dataset"].to_numpy()

    @cached_property
    def content_hashes(self) -> np.ndarray:
        """(Q,) content hashes."""
        return self.questions["content_hash"].to_numpy()

    @property
    def answered(self) -> np.ndarray:
        """(Q, M) whether there is an answer, with or without a score."""
        there: Bool2D = self.response_id != np.array(None)
        return there

    @property
    def judged(self) -> np.ndarray:
        """(Q,) whether any model has a score."""
        known: Bool1D = ~np.isnan(self.score).all(axis=1)
        return known

    def rows(self, at: np.ndarray) -> "OutcomeMatrix":
        """The same of some questions: positions, or (Q,) whether."""
        questions = self.questions.filter(at) if at.dtype == bool else self.questions[at]
        return OutcomeMatrix(questions, self.models, **{name: getattr(self, name)[at] for name in _FACTS})

    def only(self, models: Sequence[str]) -> "OutcomeMatrix":
        """The same of some models, in this order."""
        at = [self.models.index(name) for name in models]
        facts = {name: np.take(getattr(self, name), at, axis=1) for name in _FACTS}  # in C order, as sums are made
        return OutcomeMatrix(self.questions, tuple(models), **facts)


def load_outcomes(
    datasets: Sequence[str], models: Sequence[str], score_mode: str, prices: Mapping[str, tuple[float, float]]
) -> OutcomeMatrix:
    """What the warehouse knows now; parameters and errors as of `outcome_cells`."""
    return outcomes_of(*outcome_cells(datasets, models, score_mode, prices), models)


def frozen_outcomes(snapshot: Snapshot) -> OutcomeMatrix:
    """What a snapshot holds."""
    return outcomes_of(snapshot.questions, snapshot.cells, snapshot.manifest["models"])


@connection("reading outcomes")  # opened once for what it reads
def outcome_cells(
    datasets: Sequence[str], models: Sequence[str], score_mode: str, prices: Mapping[str, tuple[float, float]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Questions, and one row per question and model: questions in order, models in pool order.

    A cell is the mean over the samples; its score over those with a verdict, else over labels. Cost is what was
    recorded, else tokens at `prices` (marked `priced`, or `estimated` where the tokens are), else null.

    Args:
        datasets: globs over dataset names.
        models: names in pool order.
        score_mode: `fixed`, `compat` or `recorded`: whose score counts where both exist.
        prices: USD per million prompt and completion tokens, for answers whose cost was not recorded.

    Returns:
        Rows of `warehouse/reads/question.sql`; and question_id, model, score, cost_usd, cost_source, extracted,
        response_id, n_sample, latency_s, tokens, provenance, null where nothing is known.

    Raises:
        UserError: there is no question.
    """
    questions = rows("question", datasets=list(datasets))
    if questions.is_empty():
        raise UserError(f"no question is of a dataset like {', '.join(datasets)}; ingest some first")
    answers = rows("answer_verdict", datasets=list(datasets), models=list(models), score_mode=score_mode)
    labels = rows("label", datasets=list(datasets), models=list(models))
    cells = (
        questions.select("question_id")
        .join(pl.DataFrame({"model": list(models)}), how="cross", maintain_order="left_right")
        .join(_per_answer(_priced(answers, prices)), on=_CELL, how="left", maintain_order="left")
        .join(labels, on=_CELL, how="left", maintain_order="left")
        .with_columns(
            score=pl.coalesce("score", "label"),
            provenance=pl.when(pl.col("score").is_not_null()).then(pl.lit(score_mode)).otherwise("provenance"),
        )
    )
    return questions, cells.drop("label")


def outcomes_of(questions: pl.DataFrame, cells: pl.DataFrame, models: Sequence[str]) -> OutcomeMatrix:
    """The matrix of questions and their cells, as `outcome_cells` orders them; a column that is absent is unknown."""
    shape = len(questions), len(models)
    facts = {name: cells[name].to_numpy().reshape(shape) for name in _FACTS if name in cells.columns}
    return OutcomeMatrix.of(questions, models, **facts)


def known(value: float) -> float | None:
    """A number of a matrix; None where it is not known (NaN)."""
    return None if np.isnan(value) else float(value)


def _priced(answers: pl.DataFrame, prices: Mapping[str, tuple[float, float]]) -> pl.DataFrame:
    """Answers with the cost that tokens and list prices give where none was recorded."""
    table = pl.DataFrame(
        [(model, *price) for model, price in prices.items()],
        schema={"model": pl.String, "input": pl.Float64, "output": pl.Float64},
        orient="row",
    )
    listed = (pl.col("prompt_tokens") * pl.col("input") + pl.col("completion_tokens") * pl.col("output")) / 1e6
    mark = pl.when(pl.col("token_source") == "estimated").then(pl.lit("estimated")).otherwise(pl.lit("priced"))
    return answers.join(table, on="model", how="left").with_columns(
        cost_usd=pl.coalesce("cost_usd", listed),
        cost_source=pl.when(pl.col("cost_usd").is_not_null()).then("cost_source").when(listed.is_not_null()).then(mark),
        tokens=pl.col("prompt_tokens") + pl.col("completion_tokens"),
    )


def _per_answer(answers: pl.DataFrame) -> pl.DataFrame:
    """One row per question and model that has an answer."""
    numbers = ("cost_usd", "latency_s", "tokens")
    return (
        answers.sort("sample_index", "response_id")
        .group_by(_CELL, maintain_order=True)
        .agg(
            pl.col("score").mean(),
            *(pl.when(pl.col(name).null_count() == 0).then(pl.col(name).mean()) for name in numbers),
            pl.col("extracted", "response_id", "cost_source").first(),
            n_sample=pl.len().cast(pl.Int32),
        )
    )

"""From a source's records to rows of the warehouse: what is sound is landed, the rest gets a named reason."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from profiles.load import dataset_of
from tasks.ingest.buffer import Buffer
from tasks.ingest.layout import settle
from tasks.ingest.quarantine import Reject, quarantine_rows
from tasks.ingest.questions import Questions
from tasks.ingest.registry import Batch, Plan
from tasks.ingest.rows import (
    dataset_row,
    dataset_rows,
    ingest_file_row,
    label_rows,
    model_rows,
    question_rows,
    response_rows,
    score_rows,
    with_question_ids,
)
from warehouse.connect import rows
from warehouse.settings import settings

_CELL = ["question_id", "model", "sample_index"]
_SHOWN = ["dataset", "variant", "source_key", "model", "text", "response", "score", "label"]


def unusable() -> pl.Expr:
    """The reason for which a record cannot be used at all; null for a sound one."""
    missing = {"dataset": "missing_dataset", "text": "missing_text", "source_key": "missing_key"}
    answered = pl.any_horizontal(pl.col("response", "score", "label").is_not_null())
    model = pl.col("model").fill_null("") == ""
    rules = [
        pl.col("reason"),
        *(pl.when(pl.col(name).fill_null("") == "").then(pl.lit(reason)) for name, reason in missing.items()),
    ]
    rules.append(pl.when(model & answered).then(pl.lit("missing_model")))
    rules.append(pl.when(~model & ~answered).then(pl.lit("empty_row")))
    return pl.coalesce(rules)


def unscored() -> pl.Expr:
    """The reason for which an answer gets no verdict from its source; null when it has a sound one."""
    score = pl.col("score")
    return (
        pl.when(score.is_null())
        .then(pl.lit("null_score"))
        .when(score.is_nan() | ~score.is_between(0, 1))
        .then(pl.lit("bad_score"))
    )


def imported_from(path: str) -> str:
    """Provenance of a file's labels."""
    return f"imported:{Path(path).stem}"


class FileLanding:
    """Lands one source file after the other; `datasets` are the names it has met.

    Args:
        plan: what the source said about its files.
        source: the source's name.
        run_id: the run that ingests.
        questions: what is known about the questions so far.
        buffer: where rows go.
    """

    def __init__(self, plan: Plan, source: str, run_id: str, questions: Questions, buffer: Buffer) -> None:
        self._plan = plan
        self._source = source
        self._run_id = run_id
        self._questions = questions
        self._buffer = buffer
        self.datasets: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        self._models: set[str] = set()
        self._path = ""
        self._cells = pl.DataFrame()
        self._n_row = 0
        self._n_rejected = 0

    def begin(self, path: str) -> None:
        """Start a file."""
        self._path = path
        if self._cells.is_empty() or not self._plan.additive:
            self._cells = pl.DataFrame(schema={"question_id": pl.String, "model": pl.String, "sample_index": pl.Int32})
        if (
            self._plan.additive and settings().warehouse.exists()
        ):  # an answer has one place in all files that add up, those of earlier times included
            there = rows("label_elsewhere", provenance=imported_from(path)).cast(self._cells.schema)
            self._cells = pl.concat([self._cells, there]).unique()
        self._n_row = self._n_rejected = 0

    def end(self, file_hash: str, options_hash: str) -> int:
        """Finish the file: after this it is known by its hash; how many rows were taken of it."""
        row = ingest_file_row(
            self._path,
            file_hash,
            source=self._source,
            options_hash=options_hash,
            run_id=self._run_id,
            n_row=self._n_row,
            n_quarantined=self._n_rejected,
        )
        self._buffer.file_done(row)
        return self._n_row

    def finish(self) -> Counter[str]:
        """Land and load what is left; rows per table."""
        self._buffer.finish()
        return self._buffer.landed

    def batch(self, batch: Batch) -> list[Reject]:
        """Land a batch; what was rejected."""
        rejects = list(batch.rejects)
        if batch.prices is not None:
            self._buffer.add("price", batch.prices)
            self._n_row += len(batch.prices)
        if batch.embeddings is not None:
            self._buffer.add("embedding", batch.embeddings)
        if batch.records is not None and not batch.records.is_empty():
            rejects += self._records(batch.records, scored=batch.scored)
        self.reject(rejects)
        return rejects

    def reject(self, rejects: Iterable[Reject]) -> None:
        """Land rejects of the current file."""
        rows = quarantine_rows(rejects, self._path, self._run_id)
        self._n_rejected += len(rows)
        self._buffer.add("quarantine", rows)

    def _records(self, records: pl.DataFrame, *, scored: bool) -> list[Reject]:
        records = records.with_columns(
            pl.col("variant").fill_null(""), pl.col("sample_index").fill_null(0), reason=unusable()
        )
        rejects = _rejects(records, "question")
        sound = with_question_ids(records.filter(pl.col("reason").is_null()))
        clash = "text_mismatch" if self._plan.additive else "text_clash"
        checks = [(self._questions.agree, clash, "question"), (self._first_of_its_cell, "duplicate_row", "response")]
        kept = sound
        for check, reason, table in reversed(checks) if self._plan.additive else checks:
            good = check(kept)
            rejects += _rejects(kept.with_columns(reason=pl.when(~good).then(pl.lit(reason))), table)
            kept = kept.filter(good)
        new, clashes = self._questions.merge(kept)
        odd = self._land_questions(new)
        self._n_row += len(kept)
        self.datasets |= set(kept["dataset"].unique())
        named = kept.filter(pl.col("model").is_not_null())
        self._land_models(named)
        answers = named.filter(pl.any_horizontal(pl.col("response", "score").is_not_null()))
        labels = named.filter(pl.col("label").is_not_null())
        return rejects + clashes + odd + self._land_labels(labels) + self._land_answers(answers, scored=scored)

    def _first_of_its_cell(self, records: pl.DataFrame) -> pl.Series:
        """Whether a record is the file's first of its (question, model, sample)."""
        cells = records.select(_CELL)
        known = cells.join(
            self._cells.with_columns(known=True), on=_CELL, how="left", nulls_equal=True, maintain_order="left"
        )
        first = cells.select(pl.struct(_CELL).is_first_distinct()).to_series() & known["known"].is_null()
        self._cells = pl.concat([self._cells, cells.filter(first)])
        return first

    def _land_questions(self, new: pl.DataFrame) -> list[Reject]:
        if new.is_empty():
            return []
        pairs = set(new.select("dataset", "variant").unique().iter_rows()) - self._pairs
        self._pairs |= pairs
        if pairs:
            self._buffer.add("dataset", dataset_rows([self._dataset(*pair) for pair in sorted(pairs)]))
        settled, rejects = settle(new, {name: self._scorer(name) for name in new["dataset"].unique()})
        self._buffer.add("question", question_rows(settled))
        return rejects

    def _dataset(self, dataset: str, variant: str) -> dict[str, Any]:
        specification = dataset_of(dataset, list(self._plan.specifications))
        return dataset_row(dataset, variant, specification, source=self._source, synthetic=self._plan.synthetic)

    def _scorer(self, dataset: str) -> str | None:
        specification = dataset_of(dataset, list(self._plan.specifications))
        return specification.scorer if specification else None

    def _land_models(self, named: pl.DataFrame) -> None:
        models = sorted(set(named["model"].unique()) - self._models)
        self._models |= set(models)
        self._buffer.add("model", model_rows(models, self._source, synthetic=self._plan.synthetic))

    def _land_labels(self, labels: pl.DataFrame) -> list[Reject]:
        sound = pl.col("label").is_between(0, 1)  # false for NaN
        provenance = imported_from(self._path)
        self._buffer.add("label", label_rows(labels.filter(sound), provenance))
        return _rejects(labels.with_columns(reason=pl.when(~sound).then(pl.lit("bad_label"))), "label")

    def _land_answers(self, answers: pl.DataFrame, *, scored: bool) -> list[Reject]:
        if answers.is_empty():
            return []
        answers = answers.with_columns(reason=unscored())
        rejects = _rejects(answers, "score") if scored else []
        sound = answers.with_columns(score=pl.when(pl.col("reason").is_null()).then("score"))
        responses = response_rows(sound, self._run_id)
        self._buffer.add("response", responses)
        if scored:
            self._buffer.add("score", score_rows(sound, responses, self._run_id))
        return rejects


def _rejects(records: pl.DataFrame, table: str) -> list[Reject]:
    """Rejects of the records whose `reason` is set."""
    bad = records.filter(pl.col("reason").is_not_null()).select("row_key", "reason", *_SHOWN)
    return [
        Reject(
            row["reason"], row["row_key"], table, payload={name: row[name] for name in _SHOWN if row[name] is not None}
        )
        for row in bad.iter_rows(named=True)
    ]

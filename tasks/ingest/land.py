"""From a source's records to rows of the warehouse: what is sound is landed, the rest gets a named reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from profiles.load import dataset_of
from tasks.ingest.buffer import Buffer, full
from tasks.ingest.known_parts import with_known_parts
from tasks.ingest.layout import settle
from tasks.ingest.quarantine import Reject, quarantine_rows
from tasks.ingest.questions import Questions
from tasks.ingest.registry import Batch, Plan
from tasks.ingest.rows import (
    dataset_row,
    dataset_rows,
    ingest_file_rows,
    label_rows,
    model_rows,
    question_rows,
    response_rows,
    score_rows,
    with_question_ids,
)
from warehouse.connect import rows
from warehouse.settings import settings

_CELL = {"question_id": pl.String, "model": pl.String, "sample_index": pl.Int32}
_SHOWN = ["dataset", "variant", "source_key", "model", "text", "response", "score", "label"]


def unusable() -> pl.Expr:
    """The reason for which a record cannot be used at all; null for a sound one."""
    missing = {"dataset": "missing_dataset", "text": "missing_text", "source_key": "missing_key"}
    answered = pl.any_horizontal(pl.col("response", "score", "label").is_not_null())
    model = pl.col("model").fill_null("") == ""
    rules = [
        pl.col("reason"),
        *(
            pl.when(pl.col(name).fill_null("").str.strip_chars() == "").then(pl.lit(reason))
            for name, reason in missing.items()
        ),
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


@dataclass(slots=True)
class Outcome:
    """What became of a file; complete once the landing is finished.

    Args:
        path: identifies it in `ingest_file`.
        file_hash: SHA-256 of its bytes.
        n_row: rows that were taken.
        rejects: rejected rows by reason.
        trouble: why it could not be read to its end.
        passed_over: whether it has rows that nobody asked for.
    """

    path: str
    file_hash: str
    n_row: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    trouble: str | None = None
    passed_over: bool = False


class FileLanding:
    """Lands one source file after the other, small ones together; `datasets` are the names it has met, `n_joined`
    counts answers whose text and score came with two files.

    Args:
        plan: what the source said about its files.
        source: the source's name.
        run_id: the run that ingests.
        options_hash: of what the source was asked for.
        questions: what is known about the questions so far.
        buffer: where rows go.
    """

    def __init__(
        self, plan: Plan, source: str, run_id: str, options_hash: str, questions: Questions, buffer: Buffer
    ) -> None:
        self._plan = plan
        self._source = source
        self._run_id = run_id
        self._options_hash = options_hash
        self._questions = questions
        self._buffer = buffer
        self.datasets: set[str] = set()
        self.n_joined = 0
        self._pairs: set[tuple[str, str]] = set()
        self._models: set[str] = set()
        self._cells = pl.DataFrame(schema=_CELL if plan.additive else {"path": pl.String, **_CELL})
        self._key = self._cells.columns
        self._files: dict[str, Outcome] = {}  # whose rows wait, the one being read last
        self._frames: list[pl.DataFrame] = []

    def begin(self, path: str, file_hash: str) -> Outcome:
        """Start a file; the one before is at its end."""
        if self._plan.additive:
            self._settle()
            self._know_labels_elsewhere(path)
        self._files[path] = Outcome(path, file_hash)
        return self._files[path]

    def _know_labels_elsewhere(self, path: str) -> None:
        """An answer has one place in all files that add up, those of earlier times included."""
        if settings().has_warehouse:
            there = rows("label_elsewhere", provenance=imported_from(path)).cast(self._cells.schema)
            self._cells = pl.concat([self._cells, there]).unique()

    def finish(self) -> Counter[str]:
        """Land and load what is left; rows per table."""
        self._settle()
        self._buffer.finish()
        return self._buffer.landed

    def batch(self, batch: Batch) -> None:
        """Take a batch of the file that was begun last."""
        path = next(reversed(self._files))
        if batch.prices is not None:
            self._buffer.add("price", batch.prices)
            self._files[path].n_row += len(batch.prices)
        if batch.embeddings is not None:
            self._buffer.add("embedding", batch.embeddings)
        self.reject(batch.rejects)
        if batch.records is not None and not batch.records.is_empty():
            self._frames.append(batch.records.with_columns(path=pl.lit(path), scored=pl.lit(batch.scored)))
            if full(self._frames):
                self._settle(reading=path)

    def reject(self, rejects: Iterable[Reject]) -> None:
        """Land rejects; of the file that was begun last where they do not name another."""
        path = next(reversed(self._files))
        named = [(reject.path or path, reject) for reject in rejects]
        for source, reject in named:
            self._files[source].rejects[reject.reason] += 1
        if named:
            self._buffer.add("quarantine", quarantine_rows(named, self._run_id))

    def _settle(self, reading: str | None = None) -> None:
        """Land what waits: after this the files, but for the one that is being read, are known by their hashes."""
        if self._frames:
            records, self._frames = pl.concat(self._frames), []
            self.reject(self._records(records))
        done = [one for one in self._files.values() if one.path != reading]
        self._files = {reading: self._files[reading]} if reading else {}
        if not self._plan.additive:
            self._cells = self._cells.filter(pl.col("path") == pl.lit(reading, pl.String))
        if done:
            of = {"source": self._source, "options_hash": self._options_hash, "run_id": self._run_id}
            rows = [
                {"path": one.path, "file_hash": one.file_hash, "n_row": one.n_row, "n_quarantined": one.rejects.total()}
                for one in done
            ]
            self._buffer.files_done(ingest_file_rows(rows, **of))

    def _records(self, records: pl.DataFrame) -> list[Reject]:
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
        for path, n in kept.group_by("path").len().iter_rows():
            self._files[path].n_row += n
        self.datasets |= set(kept["dataset"].unique())
        named = kept.filter(pl.col("model").is_not_null())
        self._land_models(named)
        answers = named.filter(pl.any_horizontal(pl.col("response", "score").is_not_null()))
        labels = named.filter(pl.col("label").is_not_null())
        return rejects + clashes + odd + self._land_labels(labels) + self._land_answers(answers)

    def _first_of_its_cell(self, records: pl.DataFrame) -> pl.Series:
        """Whether a record is its file's first of its (question, model, sample)."""
        cells = records.select(self._key)
        known = cells.join(
            self._cells.with_columns(known=True), on=self._key, how="left", nulls_equal=True, maintain_order="left"
        )
        first = cells.select(pl.struct(self._key).is_first_distinct()).to_series() & known["known"].is_null()
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
        specification = dataset_of(dataset, self._plan.specifications)
        return dataset_row(dataset, variant, specification, source=self._source, synthetic=self._plan.synthetic)

    def _scorer(self, dataset: str) -> str | None:
        specification = dataset_of(dataset, self._plan.specifications)
        return specification.scorer if specification else None

    def _land_models(self, named: pl.DataFrame) -> None:
        models = sorted(set(named["model"].unique()) - self._models)
        self._models |= set(models)
        self._buffer.add("model", model_rows(models, self._source, synthetic=self._plan.synthetic))

    def _land_labels(self, labels: pl.DataFrame) -> list[Reject]:
        sound = pl.col("label").is_between(0, 1)  # false for NaN
        self._buffer.add("label", label_rows(labels.filter(sound), self._provenance()))
        return _rejects(labels.with_columns(reason=pl.when(~sound).then(pl.lit("bad_label"))), "label")

    def _provenance(self) -> pl.Expr:
        return pl.col("path").replace_strict({path: imported_from(path) for path in self._files})

    def _land_answers(self, answers: pl.DataFrame) -> list[Reject]:
        if answers.is_empty():
            return []
        answers, n_joined = with_known_parts(answers)
        self.n_joined += n_joined
        answers = answers.with_columns(reason=unscored())
        scored = answers["scored"]
        sound = answers.with_columns(score=pl.when(pl.col("reason").is_null()).then("score"))
        responses = response_rows(sound, self._run_id)
        self._buffer.add("response", responses)
        self._buffer.add("score", score_rows(sound.filter(scored), responses.filter(scored), self._run_id))
        return _rejects(answers.filter(scored), "score")


def _rejects(records: pl.DataFrame, table: str) -> list[Reject]:
    """Rejects of the records whose `reason` is set."""
    bad = records.filter(pl.col("reason").is_not_null()).select("path", "row_key", "reason", *_SHOWN)
    return [
        Reject(
            row["reason"],
            row["row_key"],
            table,
            payload={name: row[name] for name in _SHOWN if row[name] is not None},
            path=row["path"],
        )
        for row in bad.iter_rows(named=True)
    ]

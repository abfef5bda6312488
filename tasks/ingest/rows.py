"""Typed frames: the one record every source gives, and the warehouse rows made of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import polars as pl

from profiles.dataset import Dataset
from tasks.ingest.coerce import keys, text_of, texts
from tasks.ingest.known_parts import unrecorded
from warehouse.identity import content_hash, hash_rows
from warehouse.writer import now

# One row per (question, model, sample); `model` is null in plain question files.
RECORD: dict[str, Any] = {
    "row_key": pl.String,  # names the row in its file
    "dataset": pl.String,
    "variant": pl.String,
    "source_key": pl.String,
    "text": pl.String,
    "prompt": pl.String,
    "ground_truth": pl.String,
    "metadata": pl.String,  # JSON
    "model": pl.String,
    "sample_index": pl.Int32,
    "response": pl.String,
    "finish_reason": pl.String,
    "score": pl.Float64,
    "extracted": pl.String,
    "label": pl.Float64,  # correctness without an answer
    "prompt_tokens": pl.Int64,
    "completion_tokens": pl.Int64,
    "cost_usd": pl.Float64,
    "latency_s": pl.Float64,
    "mean_logprob": pl.Float64,
    "reason": pl.String,  # why the source itself gives the row up
}

_COUNTS = [name for name, dtype in RECORD.items() if dtype == pl.Int64]
_KEYS = ("dataset", "variant", "model", "source_key")
NOT_RECORDED = "not_recorded"  # finish_reason of an answer whose text the source does not give


def record_frame(columns: Mapping[str, Any]) -> pl.DataFrame:
    """A frame of `RECORD` from some of its columns as lists of equal length; the rest is null."""
    given = {name: pl.Float64 if name in _COUNTS else RECORD[name] for name in columns}
    try:
        frame = pl.DataFrame(dict(columns), schema_overrides=given)
    except UnicodeError:  # lone surrogates, which JSON allows
        legible = {name: texts(values) if given[name] == pl.String else values for name, values in columns.items()}
        frame = pl.DataFrame(legible, schema_overrides=given)
    return as_records(frame)


def as_records(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of `RECORD` from one that has some of its columns, among others.

    A row with a count beyond 64 bits is given up.
    """
    given = {name: _cast(frame, name) for name in RECORD if name in frame.columns}
    huge = [pl.col(name).cast(pl.Float64) >= 2.0**63 for name in _COUNTS if name in given]
    if huge:
        kept = given.get("reason", pl.lit(None, pl.String))
        given["reason"] = pl.when(pl.any_horizontal(huge)).then(pl.lit("huge_number")).otherwise(kept)
    return frame.select(given.get(name, pl.lit(None, dtype)).alias(name) for name, dtype in RECORD.items())


def _cast(frame: pl.DataFrame, name: str) -> pl.Expr:
    column = pl.col(name)
    if RECORD[name] == pl.String and frame[name].dtype.is_float():
        column = column.fill_nan(None)  # what pandas writes for a text that is not there
    if name in _COUNTS:
        column = pl.when(column == column.cast(pl.Float64).floor()).then(column)
    elif name in _KEYS:
        column = keys(column)
    elif name in ("ground_truth", "finish_reason"):  # a blank one is none, as an empty field of a CSV file
        text = column.cast(pl.String)
        column = pl.when(text.str.contains(r"\S") & (text != NOT_RECORDED)).then(column)
    return column.cast(RECORD[name], strict=name not in _COUNTS)


def with_question_ids(records: pl.DataFrame) -> pl.DataFrame:
    """Records with `question_id`, hashed once per question."""
    key = ["dataset", "variant", "source_key"]
    questions = records.select(key).unique()
    ids = hash_rows(questions, pl.lit("question"), *key)
    return records.join(questions.with_columns(question_id=ids), on=key, maintain_order="left")


def question_rows(questions: pl.DataFrame) -> pl.DataFrame:
    """Rows of table `question` from one record per question, with `question_id`."""
    hashes = [content_hash(text) for text in questions["text"]]
    return questions.select(
        "question_id",
        "dataset",
        "variant",
        "source_key",
        "text",
        # "what was really sent where it differs from text"
        pl.when(pl.col("prompt") != pl.col("text")).then("prompt").alias("prompt"),
        "ground_truth",
        "metadata",
        pl.Series("content_hash", hashes, pl.String),
        pl.lit(now()).alias("ingested_at"),
    )


def response_rows(answers: pl.DataFrame, run_id: str) -> pl.DataFrame:
    """Rows of table `response` from records with `question_id`.

    A record without text keeps its cell in the outcome matrix: text '' and finish reason `not_recorded`.
    """
    answers = answers.with_columns(text=pl.col("response").fill_null(""))
    answers = answers.with_columns(text_hash=hash_rows(answers, pl.lit("text"), "text"))
    own = (pl.lit("response"), "question_id", "model", pl.lit("answer"), "sample_index", "text_hash")
    return answers.select(
        hash_rows(answers, *own).alias("response_id"),
        pl.lit(None, pl.String).alias("request_key"),
        "question_id",
        "model",
        pl.lit("answer").alias("purpose"),
        "sample_index",
        pl.lit("imported").alias("source"),
        "text",
        pl.when(unrecorded()).then(pl.lit(NOT_RECORDED)).otherwise("finish_reason").alias("finish_reason"),
        "mean_logprob",
        "prompt_tokens",
        "completion_tokens",
        pl.when(pl.any_horizontal(pl.col("prompt_tokens", "completion_tokens").is_not_null()))
        .then(pl.lit("recorded"))
        .alias("token_source"),
        "cost_usd",
        pl.when(pl.col("cost_usd").is_not_null()).then(pl.lit("recorded")).alias("cost_source"),
        "latency_s",
        "text_hash",
        pl.lit(run_id).alias("run_id"),
        pl.lit(now()).alias("created_at"),
    )


def score_rows(answers: pl.DataFrame, responses: pl.DataFrame, run_id: str) -> pl.DataFrame:
    """Rows of table `score` for answers and their responses, row by row the same.

    An answer without a sound score is `unjudged`, so that no verdict of an earlier version of its file stays.
    """
    score = pl.col("score")
    verdict = (
        pl.when(score.is_null())
        .then(pl.lit("unjudged"))
        .when(score == 1)
        .then(pl.lit("correct"))
        .when(score == 0)
        .then(pl.lit("wrong"))
        .otherwise(pl.lit("partial"))
    )
    return answers.select(
        responses["response_id"],
        pl.lit("recorded").alias("scorer"),
        pl.lit("1").alias("scorer_version"),
        pl.lit("recorded").alias("mode"),
        "score",
        verdict.alias("verdict"),
        "extracted",
        pl.lit(run_id).alias("run_id"),
        pl.lit(now()).alias("scored_at"),
    )


def label_rows(records: pl.DataFrame, provenance: pl.Expr) -> pl.DataFrame:
    """Rows of table `label` for records with `question_id`."""
    return records.select("question_id", "model", "label", provenance=provenance, created_at=pl.lit(now()))


def dataset_row(
    dataset: str, variant: str, specification: Dataset | None, *, source: str, synthetic: bool
) -> dict[str, Any]:
    """A row of table `dataset`, without its time."""
    options = specification.scorer_options if specification else {}
    return {
        "dataset": dataset,
        "variant": variant,
        "source": source,
        "scorer": specification.scorer if specification else None,
        "also_scorers": (specification.also_scorers or None) if specification else None,
        "scorer_options": canonical_json(options) if options else None,
        "synthetic": synthetic,
        "licence": specification.licence if specification else None,
        "category": specification.category if specification else None,
        "task": specification.task if specification else None,
    }


def dataset_rows(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A frame for table `dataset`."""
    types: dict[str, Any] = dict.fromkeys(("scorer", "scorer_options", "licence", "category", "task"), pl.String)
    types["also_scorers"] = pl.List(pl.String)
    return pl.DataFrame(rows, schema_overrides=types).with_columns(ingested_at=pl.lit(now()))


def model_rows(models: Iterable[str], provider: str, *, synthetic: bool) -> pl.DataFrame:
    """Rows of table `model` for models that a source names."""
    frame = pl.DataFrame({"model": list(models)}, schema={"model": pl.String})
    return frame.with_columns(provider=pl.lit(provider), synthetic=pl.lit(synthetic), updated_at=pl.lit(now()))


def ingest_file_rows(
    files: Sequence[Mapping[str, Any]], *, source: str, options_hash: str, run_id: str
) -> pl.DataFrame:
    """The rows of table `ingest_file` that say files are done, from their path, hash and counts."""
    same = {"source": source, "options_hash": options_hash, "run_id": run_id, "ingested_at": now()}
    return pl.DataFrame(files).with_columns(pl.lit(value).alias(name) for name, value in same.items())


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, so that equal values are equal texts.

    Raises:
        ValueError: it is nested too deeply.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # lone surrogates and integers beyond 64 bits
        if (text := text_of(value)) is None:
            raise ValueError("nested too deeply") from None
        return canonical_json(orjson.loads(text))

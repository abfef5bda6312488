"""What is known about questions while answers to them stream by: the first text and the first truth count."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from tasks.ingest.quarantine import Reject

# Reason → the record's column that should not differ within a question.
_CLASHES = {"prompt_clash": "prompt", "truth_clash": "ground_truth"}
_SHOWN = ("dataset", "source_key", "model")
_ID = {"question_id": pl.String(), "dataset": pl.String()}
_KNOWN = _ID | dict.fromkeys(_CLASHES.values(), pl.UInt64())
_TEXT = _ID | {"text": pl.UInt64()}


class _ByDataset:
    """Rows per question, apart by dataset: a batch has few, and what it is compared with does not grow with the rest.

    Args:
        schema: of the rows, with `question_id` and `dataset`.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._empty = pl.DataFrame(schema=schema)
        self._rows: dict[str, pl.DataFrame] = {}

    def of(self, records: pl.DataFrame) -> pl.DataFrame:
        """The rows of all datasets that records have, without `dataset`."""
        some = [self._rows.get(name, self._empty) for name in records["dataset"].unique(maintain_order=True)]
        return pl.concat([self._empty, *some]).drop("dataset")

    def put(self, rows: pl.DataFrame) -> None:
        """Take rows, in the place of those of the same questions."""
        for (name,), new in rows.partition_by("dataset", as_dict=True, maintain_order=True).items():
            kept = self._rows.get(name, self._empty).join(new, on="question_id", how="anti")
            self._rows[name] = pl.concat([kept, new])


class Questions:
    """Hashes of the questions seen so far; texts that differ in case and white space alone are the same.

    Args:
        known: rows with `question_id`, `dataset`, `text`, `prompt` and `ground_truth` that came from files which are
            not read again; a null prompt there means that it equals the text.
        texts: rows with `question_id`, `dataset` and `text` of further questions that must keep their text.
    """

    def __init__(self, known: pl.DataFrame | None = None, texts: pl.DataFrame | None = None) -> None:
        self._known, self._texts = _ByDataset(_KNOWN), _ByDataset(_TEXT)
        if known is not None and not known.is_empty():
            self._known.put(_hashed(known))
        given = [_contents(rows) for rows in (known, texts) if rows is not None and not rows.is_empty()]
        if given:
            self._texts.put(pl.concat(given).unique("question_id", keep="first"))

    def agree(self, records: pl.DataFrame) -> pl.Series:
        """Whether a record's text is that of the question as it is known, or first met."""
        contents = _contents(records)
        both = contents.join(
            self._texts.of(contents), on="question_id", how="left", suffix="_known", maintain_order="left"
        )
        first = both.filter(pl.col("text_known").is_null()).unique("question_id", keep="first", maintain_order=True)
        self._texts.put(first.select(*_TEXT))
        same = pl.col("text") == pl.coalesce("text_known", pl.col("text").first().over("question_id"))
        return both.select(same).to_series()

    def merge(self, records: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        """Take records with `question_id` and the `path` of their file.

        Returns:
            One record per question that is new, with the first prompt, truth and metadata that are not null (a
            question that is known without truth is new again when a truth comes); and what clashes with what is
            known, once per file, question and differing value.
        """
        first = records.group_by("question_id", maintain_order=True).agg(
            pl.exclude("prompt", "ground_truth", "metadata").first(),
            pl.col("prompt", "ground_truth", "metadata").drop_nulls().first(),
        )
        there = self._known.of(records)
        known = first.select("question_id").join(there, on="question_id", how="left", maintain_order="left")
        gains_truth = known["ground_truth"].is_null() & first["ground_truth"].is_not_null()
        new = first.filter(known["prompt"].is_null() | gains_truth)
        if not new.is_empty():
            self._known.put(_hashed(new))
        return new, self._clashes(records)

    def _clashes(self, records: pl.DataFrame) -> list[Reject]:
        hashes = _hashed(records).with_columns(records["row_key"])
        there = self._known.of(records)
        both = hashes.join(there, on="question_id", how="left", suffix="_known", maintain_order="left")
        rejects = []
        for reason, column in _CLASHES.items():
            # A row without prompt says nothing about the prompt, only about the text.
            differs = (both[column] != both[f"{column}_known"]).fill_null(False) & records[column].is_not_null()
            if not differs.any():
                continue
            key = ["path", "question_id", column]
            values = records.filter(differs).unique(key, keep="first", maintain_order=True)
            for row in values.select("path", "row_key", *_SHOWN, column).iter_rows(named=True):
                payload = {name: row[name] for name in (*_SHOWN, column)}
                rejects.append(Reject(reason, row["row_key"], "question", payload=payload, path=row["path"]))
        return rejects


def _folded(column: pl.Expr) -> pl.Expr:
    return column.str.replace_all(r"\s+", " ").str.strip_chars()


def _alike(column: pl.Expr) -> pl.Expr:
    """As `warehouse.identity.content_hash` folds."""
    return _folded(column).str.normalize("NFKC").str.to_lowercase()


def _hash(values: pl.Series, fold: Callable[[pl.Expr], pl.Expr] = _folded) -> pl.Series:
    """64-bit hashes of folded texts, stable within a process; null where the text is. Each text is folded once."""
    given = values.to_frame("value")
    known = given.unique().with_columns(hash=fold(pl.col("value")).hash(seed=7))
    return given.join(known, on="value", how="left", maintain_order="left")["hash"]


def _contents(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("question_id", "dataset", _hash(rows["text"], _alike).alias("text"))


def _hashed(rows: pl.DataFrame) -> pl.DataFrame:
    """`_KNOWN` of rows; a null prompt equals the text."""
    prompts = rows.select(pl.coalesce("prompt", "text")).to_series()
    return rows.select(
        "question_id",
        "dataset",
        _hash(prompts).alias("prompt"),
        _hash(rows["ground_truth"], lambda column: column).alias("ground_truth"),
    )

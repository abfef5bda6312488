"""What is known about questions while answers to them stream by: the first text and the first truth count."""

from collections.abc import Callable

import polars as pl

from tasks.ingest.quarantine import Reject

# Reason → the record's column that should not differ within a question.
_CLASHES = {"prompt_clash": "prompt", "truth_clash": "ground_truth"}
_SHOWN = ("dataset", "source_key", "model")
_KNOWN = {"question_id": pl.String, **dict.fromkeys(_CLASHES.values(), pl.UInt64)}


class Questions:
    """Hashes of the questions seen so far; texts that differ in case and white space alone are the same.

    Args:
        known: rows with `question_id`, `text`, `prompt` and `ground_truth` that came from files which are not read
            again; a null prompt there means that it equals the text.
        texts: rows with `question_id` and `text` of further questions that must keep their text.
    """

    def __init__(self, known: pl.DataFrame | None = None, texts: pl.DataFrame | None = None) -> None:
        self._known = pl.DataFrame(schema=_KNOWN) if known is None or known.is_empty() else _hashed(known)
        empty = pl.DataFrame(schema={"question_id": pl.String, "text": pl.UInt64})
        given = [_contents(rows) for rows in (known, texts) if rows is not None and not rows.is_empty()]
        self._texts = pl.concat([empty, *given]).unique("question_id", keep="first")

    def agree(self, records: pl.DataFrame) -> pl.Series:
        """Whether a record's text is that of the question as it is known, or first met."""
        both = _contents(records).join(
            self._texts, on="question_id", how="left", suffix="_known", maintain_order="left"
        )
        first = both.filter(pl.col("text_known").is_null()).unique("question_id", keep="first", maintain_order=True)
        self._texts = pl.concat([self._texts, first.select("question_id", "text")])
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
        known = first.select("question_id").join(self._known, on="question_id", how="left", maintain_order="left")
        gains_truth = known["ground_truth"].is_null() & first["ground_truth"].is_not_null()
        new = first.filter(known["prompt"].is_null() | gains_truth)
        if not new.is_empty():
            self._known = pl.concat([self._known.join(new, on="question_id", how="anti"), _hashed(new)])
        return new, self._clashes(records)

    def _clashes(self, records: pl.DataFrame) -> list[Reject]:
        hashes = _hashed(records).with_columns(records["row_key"])
        both = hashes.join(self._known, on="question_id", how="left", suffix="_known", maintain_order="left")
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
    return rows.select("question_id", _hash(rows["text"], _alike).alias("text"))


def _hashed(rows: pl.DataFrame) -> pl.DataFrame:
    """`_KNOWN` of rows; a null prompt equals the text."""
    prompts = rows.select(pl.coalesce("prompt", "text")).to_series()
    return rows.select(
        "question_id",
        _hash(prompts).alias("prompt"),
        _hash(rows["ground_truth"], lambda column: column).alias("ground_truth"),
    )

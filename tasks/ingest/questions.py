"""What is known about questions while answers to them stream by: the first text and the first truth count."""

import polars as pl

from tasks.ingest.quarantine import Reject

# Reason → the record's column that should not differ within a question.
_CLASHES = {"prompt_clash": "prompt", "truth_clash": "ground_truth"}
_HASHES = dict.fromkeys(("text", *_CLASHES.values()), pl.UInt64)
_KNOWN = {"question_id": pl.String, **_HASHES}


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
        """Take records with `question_id`.

        Returns:
            One record per question that is new, with the first prompt, truth and metadata that are not null (a
            question that is known without truth is new again when a truth comes); and what clashes with what is
            known, once per question and differing value.
        """
        first = records.group_by("question_id", maintain_order=True).agg(
            pl.exclude("prompt", "ground_truth", "metadata").first(),
            pl.col("prompt", "ground_truth", "metadata").drop_nulls().first(),
        )
        known = first.select("question_id").join(self._known, on="question_id", how="left", maintain_order="left")
        gains_truth = known["ground_truth"].is_null() & first["ground_truth"].is_not_null()
        new = first.filter(known["text"].is_null() | gains_truth)
        if not new.is_empty():
            self._known = pl.concat([self._known.join(new, on="question_id", how="anti"), _hashed(new)])
        return new, self._clashes(records)

    def _clashes(self, records: pl.DataFrame) -> list[Reject]:
        columns = list(_CLASHES.values())
        hashes = _hashed(records).with_columns(records["row_key"])
        both = hashes.join(self._known, on="question_id", how="left", suffix="_known", maintain_order="left")
        rejects = []
        for reason, column in _CLASHES.items():
            # A row without prompt says nothing about the prompt, only about the text.
            differs = (both[column] != both[f"{column}_known"]).fill_null(False) & records[column].is_not_null()
            if not differs.any():
                continue
            values = records.filter(differs).unique(["question_id", column], keep="first", maintain_order=True)
            for row in values.select("row_key", "question_id", "dataset", "source_key", "model", *columns).to_dicts():
                payload = {name: row[name] for name in ("dataset", "source_key", "model", column)}
                rejects.append(Reject(reason, row["row_key"], "question", payload=payload))
        return rejects


def _folded(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all(r"\s+", " ").str.strip_chars()


def _contents(rows: pl.DataFrame) -> pl.DataFrame:
    """Hashes of the texts, as `warehouse.identity.content_hash` folds them."""
    return rows.select("question_id", text=_folded("text").str.normalize("NFKC").str.to_lowercase().hash(seed=7))


def _hashed(rows: pl.DataFrame) -> pl.DataFrame:
    """`_KNOWN` of rows: 64-bit hashes, stable within a process; null where the value is."""
    text = _folded("text")
    prompt = pl.when(pl.col("prompt").is_not_null()).then(_folded("prompt")).otherwise(text)
    values = {"text": text, "prompt": prompt, "ground_truth": pl.col("ground_truth")}
    return rows.select(
        "question_id",
        *(pl.when(value.is_not_null()).then(value.hash(seed=7)).alias(name) for name, value in values.items()),
    )

"""What is known about questions while answers to them stream by: the first text and the first truth count."""

from collections.abc import Callable

import numpy as np
import polars as pl

from tasks.ingest.quarantine import Reject

# Reason → the record's column that should not differ within a question.
_CLASHES = {"prompt_clash": "prompt", "truth_clash": "ground_truth"}
_SHOWN = ("dataset", "source_key", "model")
_HASHED = ("text", *_CLASHES.values())


class _Folded:
    """64-bit hashes of folded texts, stable within a process; null where the text is.

    A text is folded once, and known again by its own hash: most of what a model is asked others were asked before.

    Args:
        fold: what makes texts equal that count as the same.
    """

    def __init__(self, fold: Callable[[pl.Expr], pl.Expr]) -> None:
        self._fold = fold
        self._known: dict[int, int] = {}

    def of(self, texts: pl.Series) -> pl.Series:
        own = _hash(texts)
        keys = own.to_list()
        folded = pl.Series(map(self._known.get, keys), dtype=pl.UInt64)
        is_new = folded.is_null() & own.is_not_null()
        if not is_new.any():
            return folded
        new = pl.DataFrame({"text": texts, "own": own}).filter(is_new).unique("own")
        hashes = _hash(new.select(self._fold(pl.col("text"))).to_series())
        self._known.update(zip(new["own"].to_list(), hashes.to_list(), strict=True))
        return pl.Series(map(self._known.get, keys), dtype=pl.UInt64)


class Questions:
    """Hashes of the questions seen so far; texts that differ in case and white space alone are the same.

    They are looked up one by one, so that a batch costs the same however many there are: a join reads them all.

    Args:
        known: rows with `question_id`, `text`, `prompt` and `ground_truth` that came from files which are not read
            again; a null prompt there means that it equals the text.
        texts: rows with `question_id` and `text` of further questions that must keep their text.
    """

    def __init__(self, known: pl.DataFrame | None = None, texts: pl.DataFrame | None = None) -> None:
        self._texts, self._prompts = _Folded(_alike), _Folded(_folded)
        self._numbers: dict[str, int] = {}
        self._hashes = np.zeros((1, len(_HASHED)), dtype=np.uint64)  # of the question with that number; 0 for none
        for rows in (texts, known):  # what is known whole counts
            if rows is not None and not rows.is_empty():
                self._put(self._contents(rows).unique("number", keep="first"))
        if known is not None and not known.is_empty():
            self._put(self._hashed(self._numbered(known)))

    def agree(self, records: pl.DataFrame) -> pl.Series:
        """Whether a record's text is that of the question as it is known, or first met."""
        contents = self._contents(records)
        known = self._of(contents["number"], "text")
        self._put(contents.filter(known.is_null()).unique("number", keep="first", maintain_order=True))
        same = pl.col("text") == pl.coalesce(known, pl.col("text").first().over("number"))
        return contents.select(same).to_series()

    def _numbered(self, rows: pl.DataFrame) -> pl.DataFrame:
        """With the `number` of each row's question; one that was never met gets the next."""
        numbers = self._numbers
        found = [numbers.setdefault(one, len(numbers)) for one in rows["question_id"].to_list()]
        if (lacking := len(numbers) - len(self._hashes)) > 0:
            more = np.zeros((max(lacking, len(self._hashes)), len(_HASHED)), dtype=np.uint64)
            self._hashes = np.concatenate([self._hashes, more])
        return rows.with_columns(number=pl.Series(found, dtype=pl.Int64))

    def _contents(self, rows: pl.DataFrame) -> pl.DataFrame:
        return self._numbered(rows.select("question_id", self._texts.of(rows["text"]).alias("text")))

    def _hashed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Hashes of what should not differ; a null prompt equals the text."""
        prompts = rows.select(pl.coalesce("prompt", "text")).to_series()
        return rows.select(
            "number",
            self._prompts.of(prompts).alias("prompt"),
            _hash(rows["ground_truth"]).alias("ground_truth"),
        )

    def _of(self, numbers: pl.Series, column: str) -> pl.Series:
        """Hashes of questions, null where none is known."""
        hashes = pl.Series(self._hashes[numbers.to_numpy(), _HASHED.index(column)])
        return hashes.set(hashes == 0, None)

    def _put(self, rows: pl.DataFrame) -> None:
        """Take hashes, by the names of their columns, in the place of those of the same questions."""
        for at, name in enumerate(_HASHED):
            if name in rows.columns:
                self._hashes[rows["number"].to_numpy(), at] = rows[name].fill_null(0).to_numpy()

    def merge(self, records: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        """Take records with `question_id` and the `path` of their file.

        Returns:
            One record per question that is new, with the first prompt, truth and metadata that are not null (a
            question that is known without truth is new again when a truth comes); and what clashes with what is
            known, once per file, question and differing value.
        """
        records = self._numbered(records)
        first = records.group_by("question_id", maintain_order=True).agg(
            pl.exclude("prompt", "ground_truth", "metadata").first(),
            pl.col("prompt", "ground_truth", "metadata").drop_nulls().first(),
        )
        prompt, truth = (self._of(first["number"], column) for column in _CLASHES.values())
        new = first.filter(prompt.is_null() | (truth.is_null() & first["ground_truth"].is_not_null()))
        if not new.is_empty():
            self._put(self._hashed(new))
        return new.drop("number"), self._clashes(records)

    def _clashes(self, records: pl.DataFrame) -> list[Reject]:
        hashes = self._hashed(records)
        rejects = []
        for reason, column in _CLASHES.items():
            known = self._of(records["number"], column)
            # A row without prompt says nothing about the prompt, only about the text.
            differs = (hashes[column] != known).fill_null(False) & records[column].is_not_null()
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


def _hash(texts: pl.Series) -> pl.Series:
    """Never 0, which stands for none."""
    return pl.select(pl.when(texts.is_not_null()).then(texts.hash(seed=7) | 1)).to_series()

"""What a file of questions is: which of its columns are ours, its datasets, and how their answers can be judged."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tasks.ingest.files import Rows, name_of, read_batches, table_files
from tasks.ingest.look_alikes import look_alikes, spellings
from tasks.ingest.quarantine import Unreadable
from tasks.ingest.question_files import FIELDS, NAMES
from warehouse.errors import UserError

_LETTER = re.compile(r"^\(?[A-Ja-j]\)?\.?$")
_NUMBER = re.compile(
    r"^[-+]?[$€£]?[\d,]*\.?\d+(e[-+]?\d+)?%?$|\\(frac|sqrt|boxed|pi)\b|####\s*\S*\d\S*$", re.IGNORECASE
)
_OBJECT = re.compile(r'^\{\s*".*\}$', re.DOTALL)
_MOSTLY = 0.95


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A dataset of a question file.

    Args:
        name: the dataset.
        n: its questions.
        n_truth: those with a truth.
        scorer: what can judge answers; None when nothing can.
    """

    name: str
    n: int
    n_truth: int
    scorer: str | None

    @property
    def why_none(self) -> str:
        """Why nothing can judge answers."""
        return "no scorer compares truths like these" if self.n_truth else "no column looks like the truth"


def guess_columns(path: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Our column names → those of a file, where they differ.

    Args:
        path: Parquet, JSONL or CSV, or a folder of such files.
        given: what the user says; wins.

    Raises:
        UserError: no column looks like the question.
    """
    there = next((frame.columns for frame, _ in _batches(_files(path)[0], spellings(NAMES), {}, ())), [])
    found = look_alikes(there, NAMES) | dict(given)
    if "question" not in found:
        raise UserError(
            f"{path} has no column that looks like a question ({', '.join(NAMES['question'])}); say which one is: "
            "--column.question NAME"
        )
    return {ours: theirs for ours, theirs in found.items() if ours != theirs}


def datasets_of(path: Path, columns: Mapping[str, str]) -> list[QuestionSet]:
    """The datasets of a question file, in the order in which they come."""
    parts = [
        frame.with_columns(pl.all().cast(pl.String), pl.lit(name_of(file)).alias("_stem"))
        for file in _files(path)
        for frame, _ in _batches(file, FIELDS, columns, ("question",))
    ]
    rows = pl.concat(parts, how="diagonal").filter(pl.col("question").is_not_null()) if parts else pl.DataFrame()
    if rows.is_empty():
        raise UserError(f"{path} has no questions")
    name = pl.coalesce([column for column in ("dataset", "_stem") if column in rows.columns]).alias("_name")
    groups = rows.with_columns(name).group_by("_name", maintain_order=True)
    return [_dataset(str(key), part) for (key,), part in groups]


def _files(path: Path) -> list[Path]:
    """The readable files; one that is passed over is told by ingest."""
    files, odd = table_files(path)
    if not files:
        raise UserError(f"cannot read {path}: {odd[0].reject.detail or odd[0].reject.reason}")
    return files


def _batches(path: Path, fields: Sequence[str], columns: Mapping[str, str], required: Sequence[str]) -> Rows:
    try:
        yield from read_batches(path, fields, columns, required)
    except Unreadable as error:
        raise UserError(f"cannot read {path}: {error.detail or error.reason}") from error


def _dataset(name: str, rows: pl.DataFrame) -> QuestionSet:
    truths = rows["ground_truth"].drop_nulls().to_list() if "ground_truth" in rows.columns else []
    for column, scorer in (("tests", "python_tests"), ("options", "choice" if truths else None)):
        if column in rows.columns and rows[column].null_count() < len(rows):
            return QuestionSet(name, len(rows), len(truths), scorer)
    return QuestionSet(name, len(rows), len(truths), scorer_for(truths))


def scorer_for(truths: Sequence[Any]) -> str | None:
    """The scorer that fits the form of the truths: letters, numbers and formulas, or words.

    None without a truth, and for JSON objects, which are written in many ways.
    """
    if not truths:
        return None
    for scorer, form in (("choice", _LETTER), ("math", _NUMBER), (None, _OBJECT)):
        if sum(form.search(str(truth).strip()) is not None for truth in truths) >= _MOSTLY * len(truths):
            return scorer
    return "exact"

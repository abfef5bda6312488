"""Judge the rows of a file as the score stage judges answers: same scorers, same isolation, no warehouse."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.ingest.coerce import object_of, text_of
from tasks.score.judge import SANDBOXES_AT_ONCE, judge
from tasks.score.verdict import Item, VerdictName
from warehouse.errors import UserError

_EXAMPLE = '{"scorer": "math", "text": "So it is \\\\boxed{4}.", "truth": "4"}'


@dataclass(frozen=True, slots=True)
class Grade:
    """What became of one line.

    Args:
        line: its number in the file, from 1.
        id: the row's own `id`; null where it has none.
        scorer: the scorer that it names; null where it could not be read.
        verdict, score, extracted: as of `Verdict`; null where the row could not be graded.
        why: what the verdict alone does not say, or why there is none.
    """

    line: int
    id: str | None = None
    scorer: str | None = None
    verdict: VerdictName | None = None
    score: float | None = None
    extracted: str | None = None
    why: str | None = None


def grade_file(path: Path) -> list[Grade]:
    """One grade per line that is not blank, in order; a bad row costs itself only.

    Args:
        path: JSON lines `{scorer, text, truth, options?, metadata?, id?}`, or one JSON array of such rows.

    Raises:
        UserError: the file cannot be read, or not one of its rows can be graded.
    """
    lines = _lines(path)
    with ThreadPoolExecutor(SANDBOXES_AT_ONCE) as threads:
        grades = list(threads.map(_grade, lines))
    if not grades:
        raise UserError(f"{path} holds no rows; write one a line, such as {_EXAMPLE}")
    if all(grade.verdict is None for grade in grades):
        first = grades[0]
        raise UserError(f"no row of {path} can be graded; line {first.line}: {first.why}; a row is like {_EXAMPLE}")
    return grades


def _lines(path: Path) -> list[tuple[int, Any]]:
    """Number and content of the lines; a line that is no JSON stays text."""
    try:
        text = path.read_bytes().decode("utf-8-sig", "backslashreplace")
    except OSError as error:
        raise UserError(f"cannot read {path} ({error.strerror}); name a file of JSON lines") from error
    if text.lstrip().startswith("["):
        whole = _parsed(text)
        if isinstance(whole, list):
            return list(enumerate(whole, 1))
    return [(number, _parsed(line)) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _grade(line: tuple[int, Any]) -> Grade:
    number, row = line
    if not isinstance(row, Mapping):
        return Grade(number, why="not a JSON object")
    known = text_of(row.get("id"))
    try:
        item = _item(row)
        verdict = judge([item])[0]
    except UserError as error:
        return Grade(number, known, text_of(row.get("scorer")), why=str(error))
    return Grade(number, known, item.scorer, verdict.verdict, verdict.score, verdict.extracted, verdict.detail)


def _item(row: Mapping[str, Any]) -> Item:
    """The item of a row.

    Raises:
        UserError: a field is missing or of another type.
    """
    for name in ("scorer", "text"):
        if not isinstance(row.get(name), str):
            raise UserError(f"`{name}` is {'missing' if row.get(name) is None else 'no string'}")
    try:
        options, metadata = (object_of(text_of(row.get(name))) for name in ("options", "metadata"))
    except ValueError:
        raise UserError("`options` and `metadata` must be JSON objects") from None
    truth = text_of(row.get("truth"))
    known = truth if truth and not truth.isspace() else None  # a blank truth is none, as for ingest
    return Item(row["scorer"], text_of(row["text"]) or "", known, options, metadata)

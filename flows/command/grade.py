"""`concertino grade`: try a scorer on rows of a file, with nothing else set up."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from flows.command.flow import INCOMPLETE
from flows.command.options import AsJson

if TYPE_CHECKING:
    from tasks.score.grade import Grade


def grade(
    file: Annotated[Path, Parameter(help="JSON lines: scorer, text, truth, and options, metadata, id where wanted")],
    *,
    json: AsJson = False,
) -> None:
    """Judge the rows of a file as `score` judges answers: verdict, extracted answer and why, a line per row.

    `options` are the dataset's scorer options, `metadata` the question's: option texts, tests, constraints. Nothing is
    stored, no model is asked. Exit codes: 0 every row graded (right or wrong), 2 none can be, 3 some cannot.

    Example: concertino grade answers.jsonl --json
    """
    from flows.command import show
    from tasks.score.grade import grade_file

    grades = grade_file(file)
    bad = [one for one in grades if one.verdict is None]
    if json:
        show.as_json([asdict(one) for one in grades])
    else:
        for one in grades:
            show.out.print(show.printable(_line(one)), markup=False, soft_wrap=True)
        show.missing([f"{len(bad)} of {len(grades)} rows could not be graded"] if bad else [])
    if bad:
        sys.exit(INCOMPLETE)


def _line(one: "Grade") -> str:
    """Number, scorer, verdict, extracted answer and why, without line breaks."""
    extracted = "-" if one.extracted is None else one.extracted
    said = f"{one.verdict or 'NOT GRADED':<10}  {extracted:<12}  {one.why or ''}"
    return " ".join(f"{one.line:>5}  {one.scorer or '-':<12}  {said}".rstrip().splitlines())

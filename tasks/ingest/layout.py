"""Truth, options and tests of foreign files in the one layout that scorers read; what is not understood is refused."""

import ast
from typing import Any

import orjson
import polars as pl

from profiles.layout import LETTERS, letter_of, option_texts, parsed
from tasks.ingest.coerce import object_of
from tasks.ingest.options import options_of
from tasks.ingest.quarantine import Reject

_SHOWN = ("dataset", "source_key", "ground_truth", "metadata")


def settle(questions: pl.DataFrame, scorers: dict[str, str | None]) -> tuple[pl.DataFrame, list[Reject]]:
    """Questions with options and tests as lists of text, and the truth of a choice as its letter.

    Args:
        questions: records, one per question.
        scorers: by dataset.

    Returns:
        The questions, and a reject for everything that was left out because it is not understood.
    """
    truths, metadata, rejects = [], [], []
    for row in questions.iter_rows(named=True):
        truth, known, reasons = _settled(row, scorers.get(row["dataset"]))
        truths.append(truth)
        metadata.append(known)
        payload = {name: row[name] for name in _SHOWN}
        rejects += [Reject(one, row["row_key"], "question", payload=payload, path=row["path"]) for one in reasons]
    columns = {"ground_truth": truths, "metadata": metadata}
    return questions.with_columns(pl.Series(name, values, pl.String) for name, values in columns.items()), rejects


def _settled(row: dict[str, Any], scorer: str | None) -> tuple[str | None, str | None, list[str]]:
    truth, metadata = row["ground_truth"], row["metadata"]
    before = object_of(metadata)
    known = _told(before)
    reasons = []
    given = known.pop("options", None)
    options = option_texts(given) if given else None
    if given and not options:
        reasons.append("odd_options")
    texts = list(options.values()) if options else (scorer == "choice" and options_of(row["text"])) or []
    if texts:
        known["options"] = texts
    tests = known.pop("tests", None)
    if tests and _tests(tests):
        known["tests"] = _tests(tests)
    elif tests:
        reasons.append("odd_tests")
    if truth is not None and (scorer == "choice" or (scorer is None and options)):
        letter = letter_of(truth, options or dict(zip(LETTERS, texts, strict=False)))
        if letter is None and scorer is not None and row["model"] is None:
            reasons.append("odd_truth")  # a question that is still to be asked; with answers, the scorer says unjudged
        truth = None if reasons[-1:] == ["odd_truth"] else letter or truth
    return truth, metadata if known == before else (orjson.dumps(known).decode() if known else None), reasons


def _told(known: dict[str, Any]) -> dict[str, Any]:
    """Without members that are null: to the merge with what is known they would say that it is to go."""
    return {
        name: _told(value) if isinstance(value, dict) else value for name, value in known.items() if value is not None
    }


def _tests(given: Any) -> list[str] | None:
    """Python sources; None for another layout, or what is no Python."""
    given = parsed(given)
    sources = [given] if isinstance(given, str) else given
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        return None
    try:
        for one in sources:
            ast.parse(one)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return sources

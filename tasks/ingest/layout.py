"""Truth, options and tests of foreign files in the one layout that scorers read; what is not understood is refused."""

import ast
from collections.abc import Iterator
from typing import Any

import orjson
import polars as pl

from tasks.ingest.coerce import object_of, text_of
from tasks.ingest.options import options_of
from tasks.ingest.quarantine import Reject

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
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
        rejects += [
            Reject(one, row["row_key"], "question", payload={name: row[name] for name in _SHOWN}) for one in reasons
        ]
    columns = {"ground_truth": truths, "metadata": metadata}
    return questions.with_columns(pl.Series(name, values, pl.String) for name, values in columns.items()), rejects


def _settled(row: dict[str, Any], scorer: str | None) -> tuple[str | None, str | None, list[str]]:
    truth, metadata = row["ground_truth"], row["metadata"]
    known = object_of(metadata)
    before = dict(known)
    reasons = []
    given = known.pop("options", None)
    options = _options(given) if given else None
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
        letter = letter_of(truth, options or dict(zip(_LETTERS, texts, strict=False)))
        if letter is None and scorer is not None and row["model"] is None:
            reasons.append("odd_truth")  # a question that is still to be asked; with answers, the scorer says unjudged
        truth = None if reasons[-1:] == ["odd_truth"] else letter or truth
    return truth, metadata if known == before else (orjson.dumps(known).decode() if known else None), reasons


def letter_of(truth: str, options: dict[str, str]) -> str | None:
    """The letter of the option that a truth names, by its label or its text; by its number only where all ways of
    counting agree; None where it names none, or may be read as several.

    Args:
        truth: as the file has it.
        options: label → text, in their order; empty where they are not known.
    """
    said = truth.strip()
    label = said.strip("().[]: ").upper()
    labels = [one.strip().upper() for one in options]
    if label in labels:
        return _LETTERS[labels.index(label)]
    if not options:
        return label if len(label) == 1 and label in _LETTERS else None
    places = {place for place, text in enumerate(options.values()) if _plain(text) == _plain(said)}
    if label.isdecimal():
        places |= {place for place in (int(label), int(label) - 1) if 0 <= place < len(options)}
    return _LETTERS[places.pop()] if len(places) == 1 else None


def _options(given: Any) -> dict[str, str] | None:
    """Label → text; None for a layout that is not understood."""
    pairs = list(_pairs(_parsed(given)))
    found = {label: text for label, text in pairs if label and text is not None}
    return found if pairs and len(found) == len(pairs) <= len(_LETTERS) else None


def _pairs(given: Any) -> Iterator[tuple[str | None, str | None]]:
    """(label, text) of a list of texts, of labelled objects, of {label: text}, or ARC's {text: [...], label: [...]}."""
    if isinstance(given, dict) and isinstance(given.get("text"), list) and isinstance(given.get("label"), list):
        if len(given["text"]) == len(given["label"]):
            yield from zip(map(_scalar, given["label"]), map(_scalar, given["text"]), strict=True)
    elif isinstance(given, dict):
        yield from ((label, _scalar(text)) for label, text in given.items())
    elif isinstance(given, list):
        for letter, one in zip(_LETTERS, given, strict=False):
            if isinstance(one, dict):
                yield _scalar(one.get("label", one.get("key", letter))), _scalar(one.get("text"))
            else:
                yield letter, _scalar(one)
        if len(given) > len(_LETTERS):
            yield None, None


def _tests(given: Any) -> list[str] | None:
    """Python sources; None for another layout, or what is no Python."""
    given = _parsed(given)
    sources = [given] if isinstance(given, str) else given
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        return None
    try:
        for one in sources:
            ast.parse(one)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return sources


def _parsed(given: Any) -> Any:
    """JSON in a text as what it says; other values as they are."""
    if isinstance(given, str) and given.lstrip().startswith(("[", "{")):
        try:
            return orjson.loads(given)
        except ValueError:
            return given
    return given


def _scalar(value: Any) -> str | None:
    return None if isinstance(value, list | dict) else text_of(value)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()

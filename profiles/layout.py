"""Options of a question and the truth among them, in the layouts that data sets come in."""

import ast
import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
INITIALS = {"t": "true", "f": "false", "y": "yes", "n": "no"}  # of options that have no letter of their own
_LABELLED = re.compile(r"^[(\[]?([A-Za-z])[)\].:]\s*(\S.*)$", re.DOTALL)


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
    whole = _LABELLED.match(said)
    if whole and options.get(whole[1].upper()) is not None and _plain(options[whole[1].upper()]) == _plain(whole[2]):
        return LETTERS[labels.index(whole[1].upper())]
    if label in labels:
        return LETTERS[labels.index(label)]
    if not options:
        return label if len(label) == 1 and label in LETTERS else None
    places = {place for place, text in enumerate(options.values()) if _plain(text) in _readings(said)}
    if label.isdecimal():
        places |= {place for place in (int(label), int(label) - 1) if 0 <= place < len(options)}
    return LETTERS[places.pop()] if len(places) == 1 else None


def option_texts(given: Any) -> dict[str, str] | None:
    """Label → text, letters and numbers in their order; None for a layout that is not understood, such as letters with
    a gap: an option's place would be another letter than its own.
    """
    pairs = list(_pairs(parsed(given)))
    found = {label: text for label, text in pairs if label and text is not None}
    if not pairs or not len(found) == len(pairs) <= len(LETTERS):
        return None
    letters = sorted(label.strip().upper() for label in found)
    if all(len(letter) == 1 and letter in LETTERS for letter in letters):
        if all(INITIALS.get(label.strip().lower()) == _plain(text) for label, text in found.items()):
            return found
        whole = letters == list(LETTERS[: len(letters)])
        return dict(sorted(found.items(), key=lambda pair: pair[0].strip().upper())) if whole else None
    numbered = all(label.strip().isdecimal() for label in found)
    return dict(sorted(found.items(), key=lambda pair: int(pair[0]))) if numbered else found


def _pairs(given: Any) -> Iterator[tuple[str | None, str | None]]:
    """(label, text) of a list of texts, of labelled objects, of {label: text}, or ARC's {text: [...], label: [...]}."""
    labels = given.get("label", given.get("labels")) if isinstance(given, dict) else None
    if isinstance(given, dict) and isinstance(given.get("text"), list) and isinstance(labels, list):
        if len(given["text"]) == len(labels):
            yield from zip(map(_scalar, labels), map(_scalar, given["text"]), strict=True)
    elif isinstance(given, dict):
        yield from ((label, _scalar(text)) for label, text in given.items())
    elif isinstance(given, list):
        for letter, one in zip(LETTERS, given, strict=False):
            if isinstance(one, dict):
                yield _scalar(one.get("label", one.get("key", letter))), _scalar(one.get("text"))
            else:
                yield letter, _scalar(one)
        if len(given) > len(LETTERS):
            yield None, None


def parsed(given: Any) -> Any:
    """JSON, or a list as Python writes it, in a text as what it says; other values as they are."""
    if isinstance(given, str) and given.lstrip().startswith(("[", "{")):
        for read in (orjson.loads, ast.literal_eval):
            with contextlib.suppress(ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                return read(given)
    return given


def _scalar(value: Any) -> str | None:
    if value is None or isinstance(value, list | dict):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _readings(said: str) -> tuple[str, str | None]:
    plain = _plain(said)
    return plain, INITIALS.get(plain)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()

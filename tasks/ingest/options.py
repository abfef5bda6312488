"""Option texts of a multiple-choice question, read from the block below its text."""

import re

from profiles.layout import LETTERS

_HEADER = re.compile(r"^\s*options\s*:?\s*$", re.IGNORECASE | re.MULTILINE)


def options_of(text: str) -> list[str] | None:
    """The options A, B, C, ... of the last block headed `Options:`; None when there are not at least two.

    An option may run over several lines: it ends where the next letter of the alphabet begins a line.
    """
    headers = list(_HEADER.finditer(text))
    if not headers:
        return None
    block = text[headers[-1].end() :]
    marks = []
    position = 0
    for letter in LETTERS:
        mark = re.compile(rf"^[ \t]*\(?{letter}[.):][ \t]*", re.MULTILINE).search(block, position)
        if mark is None:
            break
        marks.append(mark)
        position = mark.end()
    ends = [mark.start() for mark in marks[1:]] + [len(block)]
    found = [block[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
    return found if len(found) > 1 else None

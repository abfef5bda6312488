"""How LLMRouterBench's evaluators find an answer (reference, section 6.1), for the compat verdicts: defects and all."""

import re

from tasks.score.extract import first_boxed

_INTEGER = re.compile(r"\d+")


def labelled(text: str, pattern: str) -> str:
    """The answer behind the last "Answer:", or in the first box; a very short text is the answer; else nothing.

    Args:
        text: the whole output, thoughts included.
        pattern: of the answer itself, with one group.
    """
    if len(text) <= 10 and "Answer" not in text and "box" not in text:
        return text.lstrip()
    found = list(re.finditer(rf"(?i:answer) *:\s*\$?{pattern}", text))
    if found:
        return found[-1][1].strip()
    headed = re.search(rf"(?i:final answer)[\s:]*\$?{pattern}", text)
    if headed:
        return headed[1].strip()
    box = first_boxed(text)
    return box[1] if box else ""


def boxed(text: str) -> str:
    r"""The content of the last `\boxed{...}`; empty where its braces do not match."""
    start = text.rfind("\\boxed")
    box = first_boxed(text[start:]) if start >= 0 else None
    return box[1] if box and box[0] == 0 else ""


def last_integer(text: str) -> str:
    """The last run of digits of a text."""
    found = _INTEGER.findall(text)
    return found[-1] if found else ""

"""How simulated models word an answer, and how one of them reads the others' as an aggregator."""

import re
from collections.abc import Mapping, Sequence
from random import Random

from tasks.collect.providers.programs import fenced, program_of, same_program
from tasks.collect.providers.rules import obeys, reworded
from tasks.collect.providers.truths import KnownQuestion

_FINAL = re.compile(r"(?im)^\W*answer\W*?:\s*(.+?)\s*$")
_NUMBERED = re.compile(r"(?m)^\s*(\d+)[.)]\s")
_OPENERS = (
    "Let me work through this.",
    "Taking it step by step.",
    "First, what is given.",
    "Here is how I see it.",
    "The question has a few parts.",
)
_STEPS = (
    "Writing down what is known gives a clear start.",
    "From there the next value follows.",
    "Checking this against the statement, it fits.",
    "The remaining part is a short calculation.",
    "One condition rules out the alternative.",
    "Putting both parts together settles it.",
    "A quick check in the other direction agrees.",
)


def worded(question: KnownQuestion, answer: str, rng: Random) -> str:
    """An answer in the format the question asks for, after some words of reasoning where it allows them."""
    if question.scorer == "instructions":
        return (
            reworded(answer, (question.metadata or {})["constraints"], rng) if obeys_all(question, answer) else answer
        )
    reasoning = " ".join([rng.choice(_OPENERS), *rng.sample(_STEPS, k=rng.randint(1, 4))])
    if question.scorer == "python_tests":
        return f"{reasoning}\n\n{fenced(answer)}"
    return f"{reasoning}\n\nAnswer: {answer}"


def is_right(question: KnownQuestion, text: str) -> bool:
    """Whether a text answers the question rightly, as far as the simulator can tell."""
    if question.scorer == "instructions":
        return obeys_all(question, text)
    given = read_answer(question, text)
    if given is None or question.truth is None:
        return False
    if question.scorer == "python_tests":
        return same_program(given, question.truth)
    return given.casefold() == question.truth.strip().casefold()


def obeys_all(question: KnownQuestion, text: str) -> bool:
    """Whether a text obeys the question's rules."""
    return obeys(text, (question.metadata or {})["constraints"])


def read_answer(question: KnownQuestion, text: str) -> str | None:
    """The bare answer in a text; None when it has none."""
    if question.scorer == "instructions":
        return text
    if question.scorer == "python_tests":
        return program_of(text)
    found = _FINAL.findall(text)
    return str(found[-1]) if found else None


def references_of(messages: Sequence[Mapping[str, str]]) -> list[str]:
    """The numbered texts (`1. ...`, `2. ...`) of the system message: the references an aggregator is given."""
    system = "\n".join(message["content"] for message in messages if message["role"] == "system")
    starts: list[re.Match[str]] = []
    for found in _NUMBERED.finditer(system):
        if int(found[1]) == len(starts) + 1:  # a list inside a reference has other numbers
            starts.append(found)
    ends = [*(found.start() for found in starts[1:]), len(system)]
    return [system[found.end() : end].strip() for found, end in zip(starts, ends, strict=False)]

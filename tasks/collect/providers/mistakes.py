"""Plausible wrong answers of simulated models, one function per kind of answer."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random

from tasks.collect.providers.programs import spoil_program
from tasks.collect.providers.rules import spoil_text
from tasks.collect.providers.truths import KnownQuestion

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def wrong_answer(question: KnownQuestion, rng: Random) -> str:
    """A wrong answer to a question whose truth is known, in the form of the truth."""
    return _MISTAKES.get(question.scorer or "", _wrong_text)(question, rng)


def _wrong_text(question: KnownQuestion, rng: Random) -> str:
    """A date, time, weekday or number slightly off; anything else: its words in another order."""
    truth = question.truth or ""
    if _DATE.search(truth):
        days = rng.choice((-30, -7, -2, -1, 1, 2, 7, 31))
        return _DATE.sub(lambda found: str(date.fromisoformat(found[0]) + timedelta(days=days)), truth)
    if clock := _CLOCK.search(truth):
        minutes = int(clock[1]) * 60 + int(clock[2]) + rng.choice((-60, -30, -15, -5, 5, 15, 30, 60))
        return f"{truth[: clock.start()]}{minutes // 60 % 24:02d}:{minutes % 60:02d}{truth[clock.end() :]}"
    for names in (_WEEKDAYS, _MONTHS):
        if named := next((name for name in names if name.lower() in truth.lower()), None):
            at = truth.lower().index(named.lower())
            return truth[:at] + _neighbour(names, named, rng) + truth[at + len(named) :]
    if _NUMBER.search(truth):
        return _wrong_number(question, rng)
    words = truth.split()
    return " ".join([*words[1:], *words[:1]]) if len(words) > 1 else f"not {truth}"


def _neighbour(names: Sequence[str], name: str, rng: Random) -> str:
    return names[(names.index(name) + rng.choice((-2, -1, 1, 2))) % len(names)]


def _wrong_number(question: KnownQuestion, rng: Random) -> str:
    """The last number of the truth off by one, by ten, doubled or halved."""
    truth = question.truth or "0"
    found = list(_NUMBER.finditer(truth))[-1]
    value = float(found[0])
    unit = 10.0 ** -len(found[0].partition(".")[2])
    other = rng.choice((value + unit, value - unit, value + 10 * unit, value * 2 + unit, value // 2 + 2 * unit))
    digits = len(found[0].partition(".")[2])
    written = f"{other if abs(other - value) > unit / 2 else value + 3 * unit:.{digits}f}"
    return truth[: found.start()] + written + truth[found.end() :]


def _wrong_letter(question: KnownQuestion, rng: Random) -> str:
    options = (question.metadata or {}).get("options") or [None] * 4
    letters = [chr(ord("A") + i) for i in range(len(options))]
    return rng.choice([letter for letter in letters if letter != (question.truth or "").strip().upper()])


def _wrong_people(question: KnownQuestion, rng: Random) -> str:
    """One or two people take the other side."""
    claims = (question.truth or "").split(", ")
    for index in rng.sample(range(len(claims)), k=min(len(claims), rng.choice((1, 1, 2)))):
        claim = claims[index]
        claims[index] = claim.replace("knight", "knave") if "knight" in claim else claim.replace("knave", "knight")
    return ", ".join(claims)


_MISTAKES: dict[str, Callable[[KnownQuestion, Random], str]] = {
    "math": _wrong_number,
    "choice": _wrong_letter,
    "knights": _wrong_people,
    "python_tests": lambda question, rng: spoil_program(question.truth or "", rng),
    "instructions": lambda question, rng: spoil_text(
        question.truth or "", (question.metadata or {})["constraints"], rng
    ),
}

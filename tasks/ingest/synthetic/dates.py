"""Date, clock and unit reasoning with one short text as the answer."""

from datetime import date, datetime, timedelta

import numpy as np

from tasks.ingest.synthetic.draft import NAMES, Draft, Kind, between, pick

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ISO = "Write the date as YYYY-MM-DD."
_WHOLE = "Give a whole number without unit."
# One large unit in small ones.
_LENGTHS = (("kilometre", "metre", 1000), ("metre", "centimetre", 100), ("yard", "inch", 36), ("mile", "foot", 5280))
_MASSES = (("kilogram", "gram", 1000), ("pound", "ounce", 16), ("stone", "pound", 14), ("tonne", "kilogram", 1000))
_TIMES = (("hour", "minute", 60), ("day", "hour", 24), ("week", "hour", 168), ("hour", "second", 3600))
_PLURALS = {"inch": "inches", "foot": "feet", "stone": "stone"}


def _day(rng: np.random.Generator) -> date:
    return date(1950, 1, 1) + timedelta(days=between(rng, 0, 40_000))


def _weekday(rng: np.random.Generator) -> Draft:
    start, days = _day(rng), between(rng, 10, 500)
    text = (
        f"{pick(rng, NAMES)} plants a tree on {start.isoformat()}, which is a {_DAYS[start.weekday()]}. "
        f"Which day of the week is it {days} days later? Give the English name of the day."
    )
    return Draft("weekday", text, _DAYS[(start.weekday() + days) % 7])


def _calendar(rng: np.random.Generator) -> Draft:
    start, weeks, days = _day(rng), between(rng, 2, 40), between(rng, 1, 6)
    text = (
        f"A loan from the library begins on {start.isoformat()} and ends {weeks} weeks and {days} days later. "
        f"On which date does it end? {_ISO}"
    )
    return Draft("calendar", text, (start + timedelta(days=7 * weeks + days)).isoformat())


def _interval(rng: np.random.Generator) -> Draft:
    start, days = _day(rng), between(rng, 20, 900)
    end = start + timedelta(days=days)
    text = (
        f"An exhibition opens on {start.isoformat()} and its last day is {end.isoformat()}. On how many days is it "
        f"open, first and last day included? {_WHOLE}"
    )
    return Draft("interval", text, str(days + 1))


def _clock(rng: np.random.Generator) -> Draft:
    start = datetime(2024, 5, 1, between(rng, 0, 23), between(rng, 0, 59))
    legs = [between(rng, 35, 400) for _ in range(between(rng, 2, 3))]
    wait = between(rng, 5, 90)
    parts = " then ".join(f"{leg // 60} hours {leg % 60} minutes," for leg in legs)
    text = (
        f"A journey begins at {start:%H:%M}. It takes {parts} with {wait} minutes of waiting in total. At what time of "
        "the day does it end? Use the 24-hour clock and write HH:MM."
    )
    return Draft("clock", text, f"{start + timedelta(minutes=sum(legs) + wait):%H:%M}")


def _units(rng: np.random.Generator, topic: str, table: tuple[tuple[str, str, int], ...]) -> Draft:
    large, small, factor = pick(rng, table)
    amount, rest, times = between(rng, 2, 40), between(rng, 1, factor - 1), between(rng, 2, 9)
    large_name, small_name = (_PLURALS.get(unit, f"{unit}s") for unit in (large, small))
    text = (
        f"One {large} is {factor} {small_name}. A measurement gives {amount} {large_name} and {rest} {small_name}, and "
        f"{times} times that is needed. How many {small_name} are needed? {_WHOLE}"
    )
    return Draft(topic, text, str(times * (amount * factor + rest)))


def _length(rng: np.random.Generator) -> Draft:
    return _units(rng, "length", _LENGTHS)


def _mass(rng: np.random.Generator) -> Draft:
    return _units(rng, "mass", _MASSES)


def _duration(rng: np.random.Generator) -> Draft:
    return _units(rng, "duration", _TIMES)


KIND = Kind(
    "exact",
    {
        "weekday": _weekday,
        "calendar": _calendar,
        "interval": _interval,
        "clock": _clock,
        "length": _length,
        "mass": _mass,
        "duration": _duration,
    },
    "Reason briefly. Then give the result in the last line as `Answer: <text>`.",
    category="logic",
)

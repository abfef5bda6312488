"""Every topic solved again from the words of its question, without Python's calendar."""

import json
import re

from tasks.ingest.sources.synthetic import questions

DAYS = ["Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def days_in(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]


def after(day: tuple[int, int, int], days: int) -> tuple[int, int, int]:
    """Count on, one day at a time."""
    year, month, number = day
    for _ in range(days):
        number += 1
        if number > days_in(year, month):
            number, month = 1, month + 1
        if month > 12:
            month, year = 1, year + 1
    return year, month, number


def weekday(day: tuple[int, int, int]) -> str:
    """Zeller's congruence."""
    year, month, number = day
    if month < 3:
        year, month = year - 1, month + 12
    return DAYS[(number + 13 * (month + 1) // 5 + year + year // 4 - year // 100 + year // 400) % 7]


def solve(topic: str, text: str) -> str:
    dates = [tuple(map(int, found)) for found in re.findall(r"(\d{4})-(\d\d)-(\d\d)", text)]
    rest = [int(number) for number in re.findall(r"\d+", re.sub(r"\d{4}-\d\d-\d\d", "", text))]
    if topic == "weekday":
        assert f"which is a {weekday(dates[0])}" in text
        return weekday(after(dates[0], rest[0]))
    if topic == "calendar":
        return "{:04d}-{:02d}-{:02d}".format(*after(dates[0], 7 * rest[0] + rest[1]))
    if topic == "interval":
        day, n = dates[0], 1
        while day != dates[1]:
            day, n = after(day, 1), n + 1
        return str(n)
    if topic == "clock":
        hours, minutes, *legs, wait = rest
        for leg in range(0, len(legs), 2):
            hours, minutes = hours + legs[leg], minutes + legs[leg + 1]
        minutes += wait
        return f"{(hours + minutes // 60) % 24:02d}:{minutes % 60:02d}"
    factor, amount, extra, times = rest
    return str(sum(amount * factor + extra for _ in range(times)))


def test_every_truth_is_right() -> None:
    for row in questions("dates", 280, 5):
        topic = json.loads(row["metadata"])["topic"]
        text = row["text"].replace("Use the 24-hour clock", "").replace("Write the date as YYYY-MM-DD", "")
        assert row["ground_truth"] == solve(topic, text), row["text"]

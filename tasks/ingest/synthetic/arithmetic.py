"""Arithmetic word problems with one number as the answer."""

from fractions import Fraction

import numpy as np

from tasks.ingest.synthetic.draft import NAMES, ORDINALS, Draft, Kind, between, pick, several

_GOODS = ("apples", "notebooks", "candles", "tickets", "pencils", "bottles", "cups", "lemons", "stamps", "ropes")
_VEHICLES = ("train", "bus", "ferry", "lorry", "cyclist")
_LIQUIDS = ("juice", "syrup", "paint", "vinegar", "saline")


def _shopping(rng: np.random.Generator) -> Draft:
    name = pick(rng, NAMES)
    (first, second), (n, m) = several(rng, _GOODS, 2), (between(rng, 3, 15), between(rng, 2, 12))
    price, other = between(rng, 2, 19), between(rng, 2, 19)
    total = n * price + m * other
    paid = (total // 50 + 1) * 50
    text = (
        f"{name} buys {n} {first} at {price} coins each and {m} {second} at {other} coins each, and pays with "
        f"{paid} coins. How many coins does {name} get back?"
    )
    return Draft("shopping", text, str(paid - total))


def _travel(rng: np.random.Generator) -> Draft:
    vehicle = pick(rng, _VEHICLES)
    fast, slow = between(rng, 8, 18) * 5, between(rng, 2, 7) * 5
    hours, more = between(rng, 2, 6), between(rng, 2, 5)
    pause = between(rng, 2, 4)
    distance = fast * hours + slow * more
    text = (
        f"A {vehicle} travels for {hours} hours at {fast} km per hour, rests for {pause} hours, and travels for "
        f"another {more} hours at {slow} km per hour. What is its average speed in km per hour over the "
        "whole time, the rest included? Give an exact fraction or whole number."
    )
    return Draft("travel", text, str(Fraction(distance, hours + more + pause)))


def _work(rng: np.random.Generator) -> Draft:
    (first, second), a, b = several(rng, NAMES, 2), between(rng, 2, 9), between(rng, 10, 18)
    text = (
        f"{first} alone needs {a} hours to paint a fence, {second} alone needs {b} hours. How many hours do they need "
        "when they paint it together? Give an exact fraction or whole number."
    )
    return Draft("work", text, str(Fraction(a * b, a + b)))


def _percent(rng: np.random.Generator) -> Draft:
    price = between(rng, 2, 30) * 100
    off, tax = between(rng, 1, 8) * 5, pick(rng, (5, 10, 20, 25))
    truth = Fraction(price * (100 - off) * (100 + tax), 10_000)
    text = (
        f"A bicycle costs {price} crowns. It is reduced by {off} percent, and then {tax} percent tax is added to the "
        "reduced price. How many crowns must be paid? Do not round."
    )
    return Draft("percent", text, _decimal(truth))


def _ages(rng: np.random.Generator) -> Draft:
    older, younger = several(rng, NAMES, 2)
    times, young = between(rng, 3, 6), between(rng, 3, 12)
    years = young * (times - 2)  # from times * young + years = 2 * (young + years)
    text = (
        f"{older} is {times} times as old as {younger}. In {years} years, {older} will be twice as old as {younger} "
        f"will be then. How old is {older} now?"
    )
    return Draft("ages", text, str(times * young))


def _mixture(rng: np.random.Generator) -> Draft:
    liquid = pick(rng, _LIQUIDS)
    a, b = between(rng, 2, 20), between(rng, 2, 20)
    strong, weak = between(rng, 10, 18) * 5, between(rng, 1, 9) * 5
    text = (
        f"{a} litres of {liquid} with {strong} percent concentrate are mixed with {b} litres with {weak} percent "
        "concentrate. What percentage of concentrate has the mixture? Give an exact fraction or number."
    )
    return Draft("mixture", text, str(Fraction(a * strong + b * weak, a + b)))


def _geometry(rng: np.random.Generator) -> Draft:
    width, length, path = between(rng, 6, 30), between(rng, 31, 60), between(rng, 1, 4)
    truth = (width + 2 * path) * (length + 2 * path) - width * length
    text = (
        f"A rectangular pool is {length} metres long and {width} metres wide. A path of {path} metres runs all around "
        "it, corners included. How many square metres does the path cover?"
    )
    return Draft("geometry", text, str(truth))


def _savings(rng: np.random.Generator) -> Draft:
    name = pick(rng, NAMES)
    start, weekly, spent, weeks = between(rng, 10, 90), between(rng, 8, 30), between(rng, 2, 7), between(rng, 5, 20)
    every = between(rng, 2, 4)
    truth = start + weekly * weeks - spent * (weeks // every)
    text = (
        f"{name} has {start} marks and saves {weekly} marks at the end of each week. At the end of every "
        f"{ORDINALS[every]} week, after saving, {name} spends {spent} marks. How many marks does {name} have "
        f"after {weeks} weeks?"
    )
    return Draft("savings", text, str(truth))


def _decimal(value: Fraction) -> str:
    """A fraction whose denominator divides a power of ten, as a decimal without trailing zeros."""
    whole, rest = divmod(value, 1)
    digits = f"{int(rest * 10_000):04d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


KIND = Kind(
    "math",
    {
        "shopping": _shopping,
        "travel": _travel,
        "work": _work,
        "percent": _percent,
        "ages": _ages,
        "mixture": _mixture,
        "geometry": _geometry,
        "savings": _savings,
    },
    "Reason step by step. Then give the result in the last line as `Answer: <number>`.",
    category="math",
)

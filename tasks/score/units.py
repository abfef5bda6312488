r"""What units say of two numbers: 500 cents are 5 dollars, 500 cm are 5 m, and 5 cm are no 5 m."""

import re
from fractions import Fraction

_CENTS = re.compile(r"(?:¢|\bcents?)[\s}.]*$")
_DOLLARS = re.compile(r"^\s*(?:\\\$|\$(?!.*\$)|US)|(?:\bdollars?|USD)[\s}.]*$")
_SIZES: dict[str, dict[str, Fraction | int]] = {
    "length": {
        "mm millimeter": Fraction(1, 1000),
        "cm centimeter": Fraction(1, 100),
        "m meter": 1,
        "km kilometer": 1000,
    },
    "mass": {"mg milligram": Fraction(1, 1000), "g gram": 1, "kg kilogram": 1000},
    "time": {
        "ms millisecond": Fraction(1, 1000),
        "s sec second": 1,
        "min minute": 60,
        "h hr hour": 3600,
        "day": 86_400,
        "week": 604_800,
    },
}
_UNITS = {
    name: (what, Fraction(size))
    for what, sizes in _SIZES.items()
    for names, size in sizes.items()
    for name in names.split()
}
_UNIT = re.compile(r"[\d})](?:\s|~|\\[,;:! ])*(?:\\(?:text|textrm|mathrm|mbox|rm)\s*\{[\s~]*)?([A-Za-z]+)[\s.}$]*$")


def of_money(answer: str, truth: str) -> Fraction:
    """What the answer's number is multiplied by to be told as the truth's, where one is in cents and one in dollars."""
    if _CENTS.search(answer) and _DOLLARS.search(truth):
        return Fraction(1, 100)
    return Fraction(100 if _DOLLARS.search(answer) and _CENTS.search(truth) else 1)


def of_units(answer: str, truth: str) -> Fraction | None:
    """The same for money, lengths, masses and times; None where the two measure different things."""
    given, wanted = _unit(answer), _unit(truth)
    if given is None or wanted is None:
        return of_money(answer, truth)
    return given[1] / wanted[1] if given[0] == wanted[0] else None


def _unit(text: str) -> tuple[str, Fraction] | None:
    found = _UNIT.search(text)
    name = found[1].replace("metre", "meter") if found else ""
    return _UNITS.get(name) or _UNITS.get(name.removesuffix("s").casefold())

r"""Bounds of an unknown in one spelling: 2 > x > 1 is 1 < x < 2, and "x < 1 or x > 3" is (-\infty,1)\cup(3,\infty)."""

import re

_LONGEST = 300
_GREATER = re.compile(r"(>|\\ge(?![a-z]))")
_NO_CHAIN = re.compile(r"[<,]|\\le(?![a-z])|\b(?:and|or)\b")  # several bounds, or ones to both sides
_OR = re.compile(r" *(?:,? *\bor\b|\\(?:lor|vee|cup)(?![a-z])) *")
_SIGN = r"(<|>|\\[gl]e(?![a-z]))"
_VALUE = r"([^<>,]+)"
_ONE = re.compile(rf"^[A-Za-z] *{_SIGN}{_VALUE}$")
_TWO = re.compile(rf"^{_VALUE}(<|\\le(?![a-z])) *[A-Za-z] *(<|\\le(?![a-z])){_VALUE}$")


def ascending(text: str) -> str:
    """A chain of bounds from the smallest to the largest: 2 > x > 1 is 1 < x < 2."""
    parts = _GREATER.split(text)
    if len(parts) < 5 or not all(part.strip() for part in parts) or _NO_CHAIN.search(text):
        return text
    return "".join({">": "<", r"\ge": r"\le "}.get(part, part) for part in reversed(parts))


def union(text: str) -> str | None:
    """The intervals that alternative bounds of one unknown stand for; None for any other text."""
    if len(text) > _LONGEST or not _OR.search(text := " ".join(text.split())):
        return None
    parts = [_interval(ascending(part.strip())) for part in _OR.split(text)]
    names = set(re.findall(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])", _OR.sub(" ", text)))
    if None in parts or len(names) != 1:
        return None
    return r"\cup".join(part for part in parts if part)


def _interval(bounds: str) -> str | None:
    if found := _TWO.match(bounds):
        low, first, second, high = found.groups()
        return f"{'(' if first == '<' else '['}{low.strip()},{high.strip()}{')' if second == '<' else ']'}"
    if not (found := _ONE.match(bounds)):
        return None
    sign, value = found[1], found[2].strip()
    if sign in {"<", r"\le"}:
        return rf"(-\infty,{value}{')' if sign == '<' else ']'}"
    return rf"{'(' if sign == '>' else '['}{value},\infty)"

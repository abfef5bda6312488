"""Figures as people read them, wherever they do: on pages, in artifacts, messages and the terminal."""

import math

MISSING = "–"


def percent(share: float | None, digits: int = 1) -> str:
    """A share in [0, 1] as percent, without the sign."""
    return MISSING if share is None else f"{100 * share:.{digits}f}".replace("-", "−")


def points(difference: float | None) -> str:
    """A difference of shares in percentage points, always signed."""
    return MISSING if difference is None else f"{100 * difference:+.1f}".replace("-", "−")


def interval(low: float | None, high: float | None, signed: bool = False) -> str:
    """Both ends of a 95 % interval of a share or of a difference."""
    show = points if signed else percent
    return MISSING if low is None or high is None else f"{show(low)} to {show(high)}"


def dollars(amount: float | None) -> str:
    """US dollars with their sign: cents, or two significant digits below a cent."""
    if amount is None:
        return MISSING
    return f"${amount:,.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.2g}"


def number(value: float | None, digits: int = 0) -> str:
    """A number with thousands separators."""
    return MISSING if value is None else f"{value:,.{digits}f}".replace("-", "−")


def p_value(p: float | None) -> str:
    """A p-value, never shown as zero."""
    return MISSING if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def significant(value: float | None) -> str:
    """Four significant digits, with thousands separators."""
    return MISSING if value is None else f"{value:,.4g}"


def usd(amount: float) -> str:
    """A known cost in US dollars: four decimals, or two digits where those would all be 0 and the cost is not."""
    if 0 < abs(amount) < 0.5e-4:
        return f"{amount:.{1 - math.floor(math.log10(abs(amount)))}f}"
    return f"{amount:,.4f}"

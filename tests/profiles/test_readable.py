"""Figures as people read them; missing is a dash; a known cost is never told as 0."""

import pytest

from profiles import readable


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (readable.percent(0.5449), "54.5"),
        (readable.percent(None), "–"),
        (readable.points(-0.0123), "−1.2"),
        (readable.points(0.0), "+0.0"),
        (readable.points(None), "–"),
        (readable.interval(0.5, 0.6), "50.0 to 60.0"),
        (readable.interval(-0.01, 0.02, signed=True), "−1.0 to +2.0"),
        (readable.interval(None, 0.6), "–"),
        (readable.dollars(0.0), "$0.00"),
        (readable.dollars(0.00123), "$0.0012"),
        (readable.dollars(1234.5), "$1,234.50"),
        (readable.dollars(None), "–"),
        (readable.number(3513), "3,513"),
        (readable.number(-0.5, 2), "−0.50"),
        (readable.number(None), "–"),
        (readable.p_value(0.0), "< 0.001"),
        (readable.p_value(0.0417), "0.042"),
        (readable.p_value(None), "–"),
    ],
)
def test_figures(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize(
    ("amount", "told"),
    [(0.0, "0.0000"), (1234.5, "1,234.5000"), (0.0101, "0.0101"), (0.00005, "0.0001"), (0.0000042, "0.0000042")],
)
def test_four_decimals_or_two_digits(amount: float, told: str) -> None:
    assert readable.usd(amount) == told

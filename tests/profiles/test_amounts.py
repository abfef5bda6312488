"""A known cost is never told as 0."""

import pytest

from profiles.amounts import usd


@pytest.mark.parametrize(
    ("amount", "told"),
    [(0.0, "0.0000"), (1234.5, "1,234.5000"), (0.0101, "0.0101"), (0.00005, "0.0001"), (0.0000042, "0.0000042")],
)
def test_dollars(amount: float, told: str) -> None:
    assert usd(amount) == told

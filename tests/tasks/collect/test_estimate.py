from datetime import date

import pytest

from profiles.prices import Price
from tasks.collect.estimate import TYPICAL_COMPLETION_TOKENS, Length, Planned, estimate

MESSAGES = [{"role": "user", "content": "x" * 40}]  # 10 tokens and 4 of the message
PRICES = {"a": Price(1e-6, 2e-6, "pool", date(2026, 11, 1)), "b": None}


def planned(dataset: str, model: str, *, known: bool = False, max_tokens: int = 1000) -> Planned:
    return Planned(dataset, model, MESSAGES, max_tokens, known)


def test_one_row_per_dataset_and_model_of_what_is_missing() -> None:
    requests = [
        planned("d", "a"),
        planned("d", "a"),
        planned("d", "a", known=True),
        planned("d", "b"),
        planned("e", "a", known=True),
    ]
    first, second, third = estimate(requests, PRICES, {"a": Length(150.0, 50.0, 100)})
    assert (first.dataset, first.model, first.requests, first.known, first.calls) == ("d", "a", 3, 1, 2)
    assert (first.prompt_tokens, first.completion_tokens) == (28, 300)
    assert first.cost_usd == pytest.approx(28e-6 + 600e-6)
    assert first.at_most_usd == pytest.approx(2 * (2 * 14e-6 + 2000e-6))
    assert (second.cost_usd, second.at_most_usd) == (None, None)
    assert second.completion_tokens == TYPICAL_COMPLETION_TOKENS
    assert (third.calls, third.cost_usd, third.at_most_usd) == (0, 0.0, 0.0)


def test_an_answer_is_never_expected_longer_than_allowed() -> None:
    (row,) = estimate([planned("d", "a", max_tokens=50)], PRICES, {"a": Length(900.0, 0.0, 10)})
    assert row.completion_tokens == 50
    assert row.cost_usd is not None
    assert row.at_most_usd is not None
    assert row.cost_usd < row.at_most_usd


def test_the_range_narrows_with_what_is_known() -> None:
    wide, narrow = (
        estimate([planned("d", "a")] * 100, PRICES, typical)[0] for typical in ({}, {"a": Length(400.0, 100.0, 1000)})
    )
    for row in (wide, narrow):
        assert None not in (row.low_usd, row.cost_usd, row.high_usd, row.at_most_usd)
        assert row.low_usd < row.cost_usd < row.high_usd <= row.at_most_usd  # type: ignore[operator]
    assert narrow.high_usd - narrow.low_usd < (wide.high_usd - wide.low_usd) / 4  # type: ignore[operator]
    (unpriced,) = estimate([planned("d", "b")], PRICES, {})
    assert (unpriced.low_usd, unpriced.high_usd) == (None, None)

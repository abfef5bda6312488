from datetime import date

import pytest

from tasks.collect.cost import Price
from tasks.collect.estimate import TYPICAL_COMPLETION_TOKENS, Planned, estimate

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
    first, second, third = estimate(requests, PRICES, {"a": 150.0})
    assert (first.dataset, first.model, first.requests, first.known, first.calls) == ("d", "a", 3, 1, 2)
    assert (first.prompt_tokens, first.completion_tokens) == (28, 300)
    assert first.cost_usd == pytest.approx(28e-6 + 600e-6)
    assert first.at_most_usd == pytest.approx(2 * (2 * 14e-6 + 2000e-6))
    assert (second.cost_usd, second.at_most_usd) == (None, None)
    assert second.completion_tokens == TYPICAL_COMPLETION_TOKENS
    assert (third.calls, third.cost_usd, third.at_most_usd) == (0, 0.0, 0.0)


def test_an_answer_is_never_expected_longer_than_allowed() -> None:
    (row,) = estimate([planned("d", "a", max_tokens=50)], PRICES, {"a": 900.0})
    assert row.completion_tokens == 50
    assert row.cost_usd is not None
    assert row.at_most_usd is not None
    assert row.cost_usd < row.at_most_usd

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.prices import Price
from profiles.rows import price_rows
from tasks.collect.cost import Usage, bound_usd, cost_of, most_tokens, priced_usd, usage_of

TODAY = date(2026, 11, 1)
PRICE = Price(1e-6, 2e-6, "pool", TODAY)
MESSAGES = [{"role": "user", "content": "x" * 40}]
ANYTHING: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text("0123456789.-ex"),
    st.lists(st.integers()),
    st.dictionaries(st.sampled_from(["cached_tokens", "reasoning_tokens", "upstream_inference_cost"]), st.integers()),
)
NAMES = (
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "cost",
    "is_byok",
    "cost_details",
    "prompt_tokens_details",
    "completion_tokens_details",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)


def test_cost_is_billed_then_priced_then_estimated_then_unknown() -> None:
    counted, guessed = Usage(10, 20, "billed"), Usage(10, 20, "estimated")
    assert cost_of(counted, {"cost": 0.5}, PRICE) == (0.5, "billed")
    assert cost_of(counted, {"cost": None}, PRICE) == (pytest.approx(5e-5), "priced")
    assert cost_of(guessed, {}, PRICE) == (pytest.approx(5e-5), "estimated")
    assert cost_of(counted, {}, None) == (None, None)


def test_every_sort_of_token_has_its_price_and_else_that_of_any_other() -> None:
    usage = Usage(1000, 100, "billed", cache_read_tokens=600, cache_write_tokens=300, reasoning_tokens=80)
    assert priced_usd(usage, PRICE) == pytest.approx(1000e-6 + 200e-6)
    whole = Price(1e-6, 2e-6, "pool", TODAY, cache_read_usd=1e-7, cache_write_usd=1.25e-6, reasoning_usd=3e-6)
    assert priced_usd(usage, whole) == pytest.approx((100 + 60 + 375) * 1e-6 + (40 + 240) * 1e-6)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING))
def test_whatever_a_provider_tells_tokens_and_dollars_are_sound(told: dict[str, Any]) -> None:
    usage = usage_of(told, MESSAGES, "y" * 12)
    assert usage.prompt_tokens > 0
    assert usage.completion_tokens > 0
    parts = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    assert 0 <= sum(parts) <= usage.prompt_tokens
    assert 0 <= (usage.reasoning_tokens or 0) <= usage.completion_tokens
    cost, _ = cost_of(usage, told, PRICE)
    assert cost is not None
    assert 0 <= cost < 1e5


def test_the_bound_is_above_the_estimate() -> None:
    most = bound_usd(PRICE, MESSAGES, 100)
    expected, _ = cost_of(Usage(14, 100, "billed"), {}, PRICE)
    assert expected is not None
    assert most >= expected
    assert bound_usd(None, MESSAGES, 100) == 0.0


@pytest.mark.parametrize(
    ("sent", "most"),
    [
        ({"max_tokens": 100}, 100),
        ({"max_completion_tokens": 300}, 300),
        ({"max_tokens": 100, "max_completion_tokens": 300}, 300),
        ({"max_tokens": 100, "n": 4}, 400),
        ({"max_tokens": 100, "extra_body": {"max_completion_tokens": 700}}, 700),
    ],
)
def test_the_bound_knows_a_length_under_every_name(sent: dict[str, Any], most: int) -> None:
    assert most_tokens(sent) == most


def test_price_rows_leave_unknown_prices_out() -> None:
    rows = price_rows("mine", {"a": Price(1e-6, 2e-6, "pool", TODAY, cache_read_usd=1e-7), "b": None})
    assert rows.to_dicts() == [
        {
            "pool": "mine",
            "model": "a",
            "price_date": TODAY,
            "source": "pool",
            "input_usd_per_mtok": 1.0,
            "output_usd_per_mtok": 2.0,
            "cache_read_usd_per_mtok": pytest.approx(0.1),
            "cache_write_usd_per_mtok": None,
            "reasoning_usd_per_mtok": None,
        }
    ]
    assert price_rows("mine", {"b": None}).is_empty()

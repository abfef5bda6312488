from datetime import date
from types import SimpleNamespace

import pytest

from profiles.schema import PoolModel, PriceBook
from tasks.collect.cost import Price, Usage, bound_usd, cost_of, price_of, price_rows, usage_of

TODAY = date(2026, 11, 1)
BOOK = PriceBook.model_validate(
    {
        "date": "2026-10-01",
        "models": {
            "by-name": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2, "source": "list"},
            "openai/gpt-4o-mini": {"input_usd_per_mtok": 3, "output_usd_per_mtok": 4, "source": "list"},
        },
    }
)
MESSAGES = [{"role": "user", "content": "x" * 40}]


def model(name: str, litellm_model: str, **info: float) -> PoolModel:
    return PoolModel.model_validate(
        {"model_name": name, "litellm_params": {"model": litellm_model}, "model_info": info}
    )


def test_the_pools_price_wins_then_the_book_then_litellms_map() -> None:
    own = {"input_cost_per_token": 7e-6, "output_cost_per_token": 8e-6}
    assert price_of(model("by-name", "openai/gpt-4o-mini", **own), BOOK, TODAY) == Price(7e-6, 8e-6, "pool", TODAY)
    assert price_of(model("by-name", "openai/x"), BOOK, TODAY) == Price(1e-6, 2e-6, "list", BOOK.date)
    assert price_of(model("any", "openai/gpt-4o-mini"), BOOK, TODAY) == Price(3e-6, 4e-6, "list", BOOK.date)
    mapped = price_of(model("any", "openai/gpt-4o"), BOOK, TODAY)
    assert mapped is not None
    assert mapped.source == "litellm"
    assert mapped.output_usd > mapped.input_usd > 0


def test_an_unknown_price_is_none_and_a_free_model_is_free() -> None:
    assert price_of(model("any", "openai/nobody-knows-it"), BOOK, TODAY) is None
    assert price_of(model("any", "replay/x"), BOOK, TODAY) is None
    free = price_of(model("any", "openai/x", input_cost_per_token=0, output_cost_per_token=0), BOOK, TODAY)
    assert free == Price(0.0, 0.0, "pool", TODAY)


@pytest.mark.parametrize(
    ("raw", "source", "tokens"),
    [
        (SimpleNamespace(prompt_tokens=5, completion_tokens=0), "billed", (5, 0)),
        (SimpleNamespace(prompt_tokens=0, completion_tokens=0), "estimated", (14, 3)),
        (None, "estimated", (14, 3)),
    ],
)
def test_usage_is_billed_or_estimated(raw: object, source: str, tokens: tuple[int, int]) -> None:
    usage = usage_of(raw, MESSAGES, "y" * 12)
    assert (usage.prompt_tokens, usage.completion_tokens) == tokens
    assert usage.source == source


def test_cost_is_billed_then_priced_then_estimated_then_unknown() -> None:
    price = Price(1e-6, 2e-6, "pool", TODAY)
    counted, guessed = Usage(10, 20, "billed"), Usage(10, 20, "estimated")
    assert cost_of(counted, SimpleNamespace(cost=0.5), price) == (0.5, "billed")
    assert cost_of(counted, SimpleNamespace(cost=None), price) == (pytest.approx(5e-5), "priced")
    assert cost_of(guessed, None, price) == (pytest.approx(5e-5), "estimated")
    assert cost_of(counted, None, None) == (None, None)


def test_the_bound_is_above_the_estimate() -> None:
    price = Price(1e-6, 2e-6, "pool", TODAY)
    most = bound_usd(price, MESSAGES, 100)
    expected, _ = cost_of(Usage(14, 100, "billed"), None, price)
    assert expected is not None
    assert most >= expected
    assert bound_usd(None, MESSAGES, 100) == 0.0


def test_price_rows_leave_unknown_prices_out() -> None:
    rows = price_rows({"a": Price(1e-6, 2e-6, "pool", TODAY), "b": None})
    assert rows.to_dicts() == [
        {"model": "a", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0, "price_date": TODAY, "source": "pool"}
    ]
    assert price_rows({"b": None}).is_empty()

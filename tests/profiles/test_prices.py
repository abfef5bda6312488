from datetime import date
from typing import Any

import pytest

from profiles.price_book import PriceBook
from profiles.prices import Price, context_tokens, is_local, list_prices, price_of, served_price
from profiles.rows import price_rows
from profiles.schema import Pool, PoolModel
from tests.fill import fill
from warehouse.writer import land, load_landing

TODAY = date(2026, 11, 1)
BOOK = PriceBook.model_validate(
    {
        "date": "2026-10-01",
        "models": {
            "by-name": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2, "source": "list"},
            "openai/gpt-4o-mini": {
                "input_usd_per_mtok": 3,
                "output_usd_per_mtok": 4,
                "cache_read_usd_per_mtok": 0.5,
                "source": "list",
            },
        },
    }
)


def model(name: str, litellm_model: str, parameters: dict[str, Any] | None = None, **info: float | str) -> PoolModel:
    return PoolModel.model_validate(
        {"model_name": name, "litellm_params": {"model": litellm_model, **(parameters or {})}, "model_info": info}
    )


def test_the_pools_price_wins_then_the_book_then_litellms_map() -> None:
    own = {"input_cost_per_token": 7e-6, "output_cost_per_token": 8e-6}
    assert price_of(model("by-name", "openai/gpt-4o-mini", **own), BOOK, TODAY) == Price(7e-6, 8e-6, "pool", TODAY)
    assert price_of(model("by-name", "openai/gpt-4o-mini", own), BOOK, TODAY) == Price(7e-6, 8e-6, "pool", TODAY)
    assert price_of(model("by-name", "openai/x"), BOOK, TODAY) == Price(1e-6, 2e-6, "list", BOOK.date)
    listed = price_of(model("any", "openai/gpt-4o-mini"), BOOK, TODAY)
    assert listed == Price(3e-6, 4e-6, "list", BOOK.date, cache_read_usd=0.5e-6)
    mapped = price_of(model("any", "openai/gpt-4o"), BOOK, TODAY)
    assert mapped is not None
    assert mapped.source == "litellm"
    assert mapped.output_usd > mapped.input_usd > (mapped.cache_read_usd or 0) > 0


def test_a_deployment_costs_what_the_model_that_it_serves_costs() -> None:
    deployed = model("any", "azure/our-deployment-eu", base_model="azure/gpt-4o")
    assert price_of(deployed, BOOK, TODAY) == price_of(model("any", "azure/gpt-4o"), BOOK, TODAY) is not None
    assert context_tokens(Pool(model_list=[deployed]))["any"] > 100_000


def test_an_unknown_price_is_none_and_a_free_model_is_free() -> None:
    assert price_of(model("any", "openai/nobody-knows-it"), BOOK, TODAY) is None
    assert price_of(model("any", "replay/x"), BOOK, TODAY) is None
    free = price_of(model("any", "openai/x", input_cost_per_token=0, output_cost_per_token=0), BOOK, TODAY)
    assert free == Price(0.0, 0.0, "pool", TODAY)


@pytest.mark.parametrize(
    ("litellm_model", "api_base"),
    [
        ("openai/gpt-4o", "http://127.0.0.1:8000/v1"),
        ("openai/gpt-4o", "http://localhost:8000"),
        ("openai/gpt-4o", "http://localhost.:8000"),
        ("openai/gpt-4o", "http://127.1:8000"),
        ("openai/gpt-4o", "http://[::1]:8000/v1"),
        ("openai/gpt-4o", "http://192.168.1.20/v1"),
        ("openai/gpt-4o", "http://10.0.0.7/v1"),
        ("openai/gpt-4o", "https://gpu1:8000/v1"),
        ("openai/gpt-4o", "https://models.lan/v1"),
        ("openai/gpt-4o", "os.environ/MY_SERVER"),
        ("hosted_vllm/gpt-4o", None),
        ("hosted_vllm/gpt-4o", "https://vllm.example.com/v1"),
        ("ollama/gpt-4o", None),
    ],
)
def test_a_server_of_ones_own_does_not_cost_what_the_hosted_product_costs(
    litellm_model: str, api_base: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SERVER", "http://127.0.0.1:8000/v1")
    own = {} if api_base is None else {"api_base": api_base}
    local = model("by-name", litellm_model, own)
    assert is_local(local)
    assert price_of(local, BOOK, TODAY) is None
    priced = model("any", litellm_model, own, input_cost_per_token=1e-9, output_cost_per_token=2e-9)
    assert price_of(priced, BOOK, TODAY) == Price(1e-9, 2e-9, "pool", TODAY)


@pytest.mark.parametrize(
    "api_base", [None, "https://api.openai.com/v1", "https://proxy.example.com", "http://8.8.8.8/v1"]
)
def test_a_public_address_is_not_local(api_base: str | None) -> None:
    hosted = model("any", "openai/gpt-4o", {} if api_base is None else {"api_base": api_base})
    assert not is_local(hosted)
    assert price_of(hosted, BOOK, TODAY) is not None


def test_whose_model_it_is_may_be_stated_or_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_local(model("any", "gpt-4o", {"custom_llm_provider": "hosted_vllm"}))
    assert not is_local(model("any", "gpt-4o", {}))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert is_local(model("any", "gpt-4o", {}))


def test_who_answered_in_anothers_stead_is_priced_by_its_own_name() -> None:
    own = {"input_cost_per_token": 7e-6, "output_cost_per_token": 8e-6}
    asked, other = model("m", "openai/gpt-4o"), model("other", "openai/something-9b", **own)
    pool = Pool(model_list=[asked, other])
    assert served_price("something-9b", asked, pool, BOOK, TODAY) == Price(7e-6, 8e-6, "pool", TODAY)
    assert served_price("by-name", asked, pool, BOOK, TODAY) == Price(1e-6, 2e-6, "list", BOOK.date)
    mapped = served_price("gpt-4o-mini-2024-07-18", asked, pool, PriceBook(date=TODAY, models={}), TODAY)
    assert mapped is not None
    assert mapped.source == "litellm"
    assert served_price("nobody-knows-it", asked, pool, BOOK, TODAY) is None
    local = model("m", "hosted_vllm/m", {"api_base": "http://127.0.0.1:1"})
    assert served_price("gpt-4o", local, Pool(model_list=[local]), BOOK, TODAY) is None


def test_a_long_prompt_costs_what_its_tier_says() -> None:
    book = PriceBook(date=TODAY, models={})
    own = {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "cache_read_input_token_cost": 1e-7}
    tiers = {"input_cost_per_token_above_128k_tokens": 3e-6, "output_cost_per_token_above_200k_tokens": 4e-6}
    price = price_of(model("any", "openai/x", **own, **tiers), book, TODAY)
    assert price is not None
    shown = [(one.input_usd, one.output_usd, one.cache_read_usd) for one in map(price.at, (128_000, 128_001, 300_000))]
    assert shown == [(1e-6, 2e-6, 1e-7), (3e-6, 2e-6, 1e-7), (3e-6, 4e-6, 1e-7)]
    mapped = price_of(model("any", "gemini/gemini-2.5-pro"), book, TODAY)
    assert mapped is not None
    assert mapped.at(200_001).input_usd == 2 * mapped.at(200_000).input_usd
    listed = price_of(model("any", "dashscope/qwen-flash"), book, TODAY)
    assert listed is not None
    assert (listed.input_usd, listed.at(256_001).input_usd) == (5e-8, 2.5e-7)


def pool_of(name: str, *models: PoolModel) -> Pool:
    return Pool(name=name, model_list=list(models))


@pytest.mark.usefixtures("home")
def test_answers_are_priced_as_calls_are_else_as_the_data_says() -> None:
    own = {"input_cost_per_token": 2e-6, "output_cost_per_token": 2e-6}
    free = {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}
    pool = pool_of(
        "p",
        model("own", "replay/a", **own),
        model("synthetic-large", "openai/gpt-4o"),
        model("data", "replay/c"),
        model("free", "replay/d", **free),
        model("unknown", "replay/e"),
        model("mine", "hosted_vllm/f"),
    )
    dated = {"price_date": TODAY, "source": "a list"}
    listed = [
        {"model": name, "input_usd_per_mtok": 7.0, "output_usd_per_mtok": 8.0, **dated}
        for name in ("own", "data", "free", "mine", "else")
    ]
    older = {"model": "data", "input_usd_per_mtok": 9.0, "output_usd_per_mtok": 9.0, "source": "a list"}
    half = {"model": "unknown", "input_usd_per_mtok": 9.0, "output_usd_per_mtok": None, **dated}
    fill(price=[*listed, {**older, "price_date": date(2026, 1, 1)}, half])
    prices = list_prices(pool)
    assert list(prices) == ["own", "synthetic-large", "data", "free"]
    assert (prices["own"], prices["data"], prices["free"]) == ((2, 2), (7, 8), (0, 0))
    asked = price_of(model("synthetic-large", "openai/gpt-4o"), BOOK, TODAY)
    assert asked is not None
    assert prices["synthetic-large"] == pytest.approx((asked.input_usd * 1e6, asked.output_usd * 1e6))


@pytest.mark.usefixtures("home")
def test_the_price_of_one_pools_model_is_not_that_of_anothers() -> None:
    dear, cheap = Price(9e-6, 9e-6, "pool", TODAY), Price(1e-6, 2e-6, "list", date(2026, 1, 1))
    land("price", price_rows("theirs", {"large": dear, "small": dear}))
    load_landing()
    mine = pool_of("mine", model("large", "replay/large"), model("small", "replay/small"))
    assert list_prices(mine) == {}
    assert list_prices(mine.model_copy(update={"name": "theirs"})) == {"large": (9, 9), "small": (9, 9)}
    land("price", price_rows("mine", {"large": cheap}))
    fill(price=[{"model": "small", "input_usd_per_mtok": 4.0, "output_usd_per_mtok": 4.0, "source": "pool"}])
    assert list_prices(mine) == {"large": (1, 2)}  # before pools had prices of their own, this was some pool's

from datetime import date

import polars as pl
import pytest

from profiles.schema import Pool, PriceBook
from tasks.route.prices import list_prices


def test_the_pool_wins_over_the_book_and_the_book_over_the_data():
    pool = Pool.model_validate(
        {
            "model_list": [
                {
                    "model_name": name,
                    "litellm_params": {"model": f"openai/{name}"},
                    "model_info": {"input_cost_per_token": low, "output_cost_per_token": low}
                    if low is not None
                    else {},
                }
                for name, low in [("own", 2e-6), ("book", None), ("data", None), ("free", 0.0), ("unknown", None)]
            ]
        }
    )
    price = {"input_usd_per_mtok": 5, "output_usd_per_mtok": 6, "source": "list"}
    book = PriceBook.model_validate({"date": date(2026, 1, 1), "models": {"own": price, "book": price, "other": price}})
    listed = pl.DataFrame({"model": ["own", "book", "data"], "i": [7.0, 7, 7], "o": [8.0, 8, 8]})
    prices = list_prices(pool, book, listed)
    assert list(prices) == ["own", "book", "data", "free"]
    assert prices["own"] == pytest.approx((2, 2))
    assert (prices["book"], prices["data"], prices["free"]) == ((5, 6), (7, 8), (0, 0))

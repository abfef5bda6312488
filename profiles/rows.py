"""What is known of models as rows of the tables `model` and `price`."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from profiles.price_book import PriceBook
from profiles.prices import Price
from profiles.schema import Pool
from warehouse.writer import now


def pool_rows(pool: Pool) -> pl.DataFrame:
    """Rows of table `model` for the models of a pool."""
    rows = [
        {
            "model": model.model_name,
            "provider": model.provider,
            "context_tokens": model.model_info.context_tokens,
            "has_logprobs": model.model_info.logprobs,
            "synthetic": model.provider == "synthetic",
            "tags": model.model_info.tags,
        }
        for model in pool.model_list
    ]
    schema: dict[str, Any] = {"context_tokens": pl.Int64, "tags": pl.List(pl.String)}
    return pl.DataFrame(rows, schema_overrides=schema).with_columns(updated_at=pl.lit(now()))


def price_rows(pool: str, prices: Mapping[str, Price | None]) -> pl.DataFrame:
    """Rows of table `price` for the models of a pool whose price is known."""
    table = [
        {
            "pool": pool,
            "model": model,
            "price_date": price.date,
            "source": price.source,
            **{
                f"{part}_usd_per_mtok": None if usd is None else usd * 1e6
                for part in ("input", "output", "cache_read", "cache_write", "reasoning")
                for usd in (getattr(price, f"{part}_usd"),)
            },
        }
        for model, price in prices.items()
        if price is not None
    ]
    return pl.DataFrame(table, infer_schema_length=None)


def book_rows(book: PriceBook) -> pl.DataFrame:
    """Rows of table `price` of a dated price book."""
    rows = [{"model": name, **price.model_dump()} for name, price in book.models.items()]
    schema = {"model": pl.String, "input_usd_per_mtok": pl.Float64, "output_usd_per_mtok": pl.Float64}
    return pl.DataFrame(rows, schema=schema | {"source": pl.String}).with_columns(price_date=pl.lit(book.date, pl.Date))

"""What a million tokens of each model cost."""

import polars as pl

from profiles.schema import Pool, PriceBook


def list_prices(pool: Pool, book: PriceBook, listed: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """USD per million prompt and completion tokens, by model of the pool.

    Args:
        pool: prices below its `model_info` win: who pays knows best.
        book: then the dated price book.
        listed: then what came with the data (model, input_usd_per_mtok, output_usd_per_mtok).

    Returns:
        Models with a known price; a price of 0 is a price, a missing one is left out.
    """
    prices = {model: (low, high) for model, low, high in listed.iter_rows()}
    prices |= {name: (price.input_usd_per_mtok, price.output_usd_per_mtok) for name, price in book.models.items()}
    for model in pool.model_list:
        low, high = model.model_info.input_cost_per_token, model.model_info.output_cost_per_token
        if low is not None and high is not None:
            prices[model.model_name] = (low * 1e6, high * 1e6)
    return {name: prices[name] for name in pool.models if name in prices}

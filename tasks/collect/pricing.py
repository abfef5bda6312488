"""What the models of a pool cost, and those that answer in their stead."""

from dataclasses import replace

import polars as pl

from profiles.load import load_prices
from profiles.prices import Price, price_of, served_price
from profiles.schema import Pool, PoolModel
from tasks.collect.completion import Completion, served_model
from tasks.collect.cost import cost_of, price_rows
from warehouse.writer import now


class Pricing:
    """Prices of a pool as of today.

    Args:
        pool: its models; those whose price nobody knows are None in `prices`.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._book, self._today = load_prices(), now().date()
        self._served: dict[str, Price | None] = {}
        self.prices: dict[str, Price | None] = {
            model.model_name: price_of(model, self._book, self._today) for model in pool.model_list
        }

    def priced(self, model: PoolModel, done: Completion) -> Completion:
        """A completion with its cost: that of the model which was served, where its price is known."""
        price, served = self.prices[model.model_name], served_model(model, done.reply.served)
        known = True
        if served is not None and served != model.model_name:
            if served not in self._served:
                self._served[served] = served_price(served, model, self._pool, self._book, self._today)
            known = self._served[served] is not None
            price = self._served[served] or price
        cost, source = cost_of(done.usage, done.reply.usage, price)
        return replace(done, cost_usd=cost, cost_source="estimated" if source == "priced" and not known else source)

    def served_rows(self) -> pl.DataFrame:
        """Rows of table `price` for models that were served although nobody asked for them."""
        return price_rows(self._served)

"""What the models of a pool cost, and those that answer in their stead."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from profiles.load import load_prices
from profiles.prices import Price, price_of, served_price
from profiles.rows import price_rows
from profiles.schema import Pool, PoolModel, RunProfile, Unpriced
from tasks.collect.completion import Completion, served_model
from tasks.collect.cost import cost_of
from tasks.collect.providers import answerable_live
from warehouse.errors import UserError
from warehouse.writer import now


def with_unpriced(pool: Pool, run: RunProfile, budget_usd: float | None, unpriced: Unpriced | None = None) -> Pool:
    """The pool with its word on models of unknown price: allow or refuse.

    Args:
        pool: its own word counts before the run profile's.
        run: states a budget, or leaves it at the default.
        budget_usd: what this run was told besides; None: nothing. A budget that somebody states is to hold.
        unpriced: what this run was told about such models, which wins.
    """
    stated = budget_usd is not None or "budget_usd" in run.model_fields_set
    word = unpriced or pool.unpriced or run.unpriced or ("refuse" if stated else "allow")
    return pool.model_copy(update={"unpriced": word})


def refuse_unpriced(pool: Pool, model: PoolModel, prices: Mapping[str, Price | None]) -> None:
    """Refuse a model whose price nobody knows, where the pool says so.

    Raises:
        UserError: with the lines to add.
    """
    if pool.unpriced == "refuse" and prices[model.model_name] is None and answerable_live(model):
        raise UserError(
            f"nobody knows the price of model '{model.model_name}', so the budget cannot hold it; add to its "
            "model_info `input_cost_per_token: ...` and `output_cost_per_token: ...` (US dollars, 0 where it is free), "
            f"or to the top level of pool '{pool.name}' the line `unpriced: allow`"
        )


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

    def rows(self) -> pl.DataFrame:
        """Rows of table `price` for the pool's models."""
        return price_rows(self._pool.name, self.prices)

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
        return price_rows(self._pool.name, self._served)

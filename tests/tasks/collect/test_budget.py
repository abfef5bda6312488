import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.collect.budget import Budget
from warehouse.errors import BudgetExceeded


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 1), st.floats(0, 1)), min_size=1, max_size=40),
    st.floats(0, 5),
    st.integers(0, 2**31),
)
def test_no_order_of_calls_passes_the_cap(calls: list[tuple[float, float]], cap: float, seed: int) -> None:
    """Each call costs at most its bound; whatever happens at the same time, the sum stays below the cap."""
    rng = np.random.default_rng(seed)

    async def run() -> tuple[float, float]:
        budget = Budget(cap)
        paid = 0.0

        async def call(bound: float, share: float) -> None:
            nonlocal paid
            await budget.reserve(bound)
            for _ in range(int(rng.integers(0, 3))):
                await asyncio.sleep(0)
            paid += bound * share
            await budget.settle(bound, bound * share)

        await asyncio.gather(*(call(*one) for one in calls), return_exceptions=True)
        return paid, budget.spent_usd

    paid, spent = asyncio.run(run())
    assert paid <= cap + 1e-9
    assert spent == pytest.approx(paid)


def test_a_call_waits_for_those_in_flight_before_it_is_refused() -> None:
    async def run() -> list[str]:
        budget, seen = Budget(1.0), []

        async def call(name: str, cost: float) -> None:
            await budget.reserve(0.6)
            seen.append(name)
            await asyncio.sleep(0.01)
            await budget.settle(0.6, cost)

        await asyncio.gather(call("first", 0.1), call("second", 0.1), call("third", 0.1))
        return seen

    assert asyncio.run(run()) == ["first", "second", "third"]


def test_an_unknown_cost_counts_at_its_bound() -> None:
    async def run() -> None:
        budget = Budget(1.0)
        await budget.reserve(0.6)
        await budget.settle(0.6, None)
        with pytest.raises(BudgetExceeded, match="raise the budget"):
            await budget.reserve(0.6)
        await budget.reserve(0.4)

    asyncio.run(run())


def test_what_costs_nothing_goes_on_at_the_cap() -> None:
    async def run() -> None:
        budget = Budget(0.0)
        await budget.reserve(0.0)
        await budget.settle(0.0, 0.0)
        with pytest.raises(BudgetExceeded):
            await budget.reserve(1e-9)

    asyncio.run(run())

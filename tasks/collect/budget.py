"""A hard cap on what calls may cost: reserve the most a call can cost before it, settle what it did cost after it."""

import asyncio

from profiles.readable import usd
from warehouse.errors import BudgetExceeded


class Budget:
    """US dollars of one client; all its calls share it.

    Args:
        cap_usd: what the calls may cost together.
        spent_usd: what of it is gone before the first of them.
    """

    def __init__(self, cap_usd: float, spent_usd: float = 0.0) -> None:
        self.cap_usd = cap_usd
        self.spent_usd = spent_usd
        self._reserved_usd = 0.0
        self._open = 0
        self._settled = asyncio.Condition()

    async def reserve(self, bound_usd: float | None) -> None:
        """Set aside the most a call can cost; waits for calls in flight where their settling can make room.

        Args:
            bound_usd: None: nobody knows, and it counts as nothing.

        Raises:
            BudgetExceeded: the call could pass the cap even with nothing else in flight.
        """
        bound_usd = bound_usd or 0.0
        async with self._settled:
            while self.spent_usd + self._reserved_usd + bound_usd > self.cap_usd:
                if self._open == 0 or self.spent_usd + bound_usd > self.cap_usd:
                    cap = f"{self.cap_usd:.2f}" if self.cap_usd >= 0.01 or not self.cap_usd else usd(self.cap_usd)
                    raise BudgetExceeded(
                        f"the budget of ${cap} is used up: ${usd(self.spent_usd)} are spent and the next "
                        f"call may cost ${usd(bound_usd)}; what is paid for is kept, so raise the budget and run again"
                    )
                await self._settled.wait()
            self._reserved_usd += bound_usd
            self._open += 1

    async def settle(self, bound_usd: float | None, cost_usd: float | None) -> None:
        """Replace a reservation by the real cost; where that is unknown the bound counts as spent."""
        bound_usd = bound_usd or 0.0
        async with self._settled:
            self._reserved_usd -= bound_usd
            self._open -= 1
            self.spent_usd += bound_usd if cost_usd is None else cost_usd
            self._settled.notify_all()

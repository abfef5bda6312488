"""Ask the models of a pool through LiteLLM: cached, limited, retried, budgeted, every attempt on the ledger."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from typing import Any, Self

from profiles.prices import Price
from profiles.schema import Pool, PoolModel
from tasks.collect.budget import Budget
from tasks.collect.cache import Cache
from tasks.collect.claims import claims
from tasks.collect.completion import Completion, close_connections, complete, served_model
from tasks.collect.errors import classify
from tasks.collect.ledger import UNDER_WAY, Ledger
from tasks.collect.limits import Limits
from tasks.collect.models import Models
from tasks.collect.pricing import Pricing
from tasks.collect.progress import Tally
from tasks.collect.providers import own_parameters
from tasks.collect.record import MAYBE_BILLED, Answer, Call, Keyed, Request
from tasks.collect.retry import retried
from warehouse.errors import BudgetExceeded, ProviderError
from warehouse.writer import land

TIMEOUT_S = 120.0


class Client:
    """Asks the models of one pool, within one event loop; an async context manager.

    Args:
        pool: the pool.
        run_id: written to every row.
        budget_usd: what its calls may cost together, in US dollars.
        concurrency: requests in flight per endpoint where the pool sets none.
        cache: known answers (`load_cache`).
        secrets: Prefect secret block → value, for keys written `prefect-secret/BLOCK` in the pool.
        spent_usd: what of the budget is gone.
        burst: see `Limits`.
        chunk_id: how its calls' identifiers begin.
    """

    def __init__(
        self,
        pool: Pool,
        run_id: str,
        budget_usd: float,
        concurrency: int = 32,
        cache: Cache | None = None,
        secrets: Mapping[str, str] | None = None,
        *,
        spent_usd: float = 0.0,
        burst: bool = True,
        chunk_id: str = "",
    ) -> None:
        self.tally = Tally()
        self._pricing = Pricing(pool)
        self._models = Models(pool, secrets, self.prices)
        self._run_id, self._chunk_id = run_id, chunk_id
        self._budget, self._limits = Budget(budget_usd, spent_usd), Limits(pool, concurrency, burst=burst)
        self._cache = Cache() if cache is None else cache
        self._claims = claims()
        self._pending: dict[str, asyncio.Task[Answer]] = {}
        self._abandoned: set[str] = set()
        self._stopped: str | None = None
        self._ledger: Ledger | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def flush(self) -> None:
        """Land what waits, so that others can load it."""
        if self._ledger is not None:
            self._ledger.flush()

    async def close(self) -> None:
        """Land the last rows and close connections."""
        ledger, self._ledger = self._ledger, None
        try:
            if ledger is not None:
                ledger.close()
                land("price", self._pricing.served_rows())
        finally:
            await self._claims.close()
            await close_connections()

    def with_budget(self, budget_usd: float) -> Self:
        """The same client for one live question, with a budget and counts of its own; in a running event loop.

        All else is shared, so only the client it came from is closed. A model given up for another is tried again.
        """
        self._ledger = self._ledger or Ledger(self._claims.landed)
        own = copy(self)
        own.tally, own._budget, own._stopped = Tally(), Budget(budget_usd), None
        return own

    @property
    def prices(self) -> Mapping[str, Price | None]:
        """Model → its price; None when nobody knows."""
        return self._pricing.prices

    @property
    def spent_usd(self) -> float:
        """What is gone of the budget; a call of unknown cost counts with the most it can have cost."""
        return self._budget.spent_usd

    def missing(self, requests: Sequence[Request]) -> list[Request]:
        """The requests without a response of their own; the words may still be known from another question."""
        return self._models.missing(requests, self._cache.known)

    async def ask_all(
        self, requests: Sequence[Request], done: Callable[[Request], object] | None = None
    ) -> list[Answer | ProviderError]:
        """Answers, or why there is none, in the order of the requests.

        Args:
            requests: asked at once, as far as limits and budget allow.
            done: called with each that was answered, or was asked in vain.

        Raises:
            BudgetExceeded: after everything in flight came back and was kept.
            UserError: an unknown model or a missing key; raised before anything is asked.
        """
        for model in dict.fromkeys(request.model for request in requests):
            self._models.parameters(self._models.named(model))
        await self._cache.hold([self._models.keyed(request).key for request in requests])

        async def one(request: Request) -> Answer | Exception:
            try:
                result: Answer | Exception = await self.ask(request)
            except Exception as error:
                result = error
            if done is not None and isinstance(result, Answer | ProviderError):
                done(request)
            return result

        answers: list[Answer | ProviderError] = []
        for result in await asyncio.gather(*map(one, requests)):
            if not isinstance(result, Answer | ProviderError):
                raise result
            answers.append(result)
        return answers

    async def ask(self, request: Request) -> Answer:
        """One answer: the known one, else the first that an attempt gives.

        Raises:
            ProviderError: no attempt gave one, or it is known to be empty.
            BudgetExceeded: the next attempt could pass the cap.
        """
        answer = await self._answer(self._models.keyed(request))
        if (nothing := answer.nothing) is not None:
            raise nothing
        return answer

    async def _answer(self, keyed: Keyed) -> Answer:
        if (known := await self._cache.get(keyed.key)) is not None:
            return self._reuse(keyed, known)
        if (pending := self._pending.get(keyed.key)) is not None:
            with suppress(BudgetExceeded):  # of another question's budget
                return self._reuse(keyed, await asyncio.shield(pending))
        task = self._pending[keyed.key] = asyncio.create_task(self._ask_anew(keyed))
        task.add_done_callback(lambda done: self._settled(keyed.key, done))
        return await task

    def abandon(self, request: Request) -> None:
        """Make no further attempt at a request; one that is under way is left to finish."""
        self._abandoned |= {self._models.keyed(request).key} & self._pending.keys()

    @property
    def stopped(self) -> bool:
        """Whether no further call is made."""
        return self._stopped is not None

    def stop(self, grace_s: float) -> None:
        """Make no further call; those in flight have some seconds to come back. In the running event loop."""
        self._stopped = "stopped"
        asyncio.get_running_loop().call_later(grace_s, self._cut_off)

    def _cut_off(self) -> None:
        for task in tuple(self._pending.values()):
            task.cancel()

    def most_tokens(self, request: Request) -> int:
        """What a request lets the model write."""
        return self._models.most_tokens(request)

    def _settled(self, key: str, task: asyncio.Task[Answer]) -> None:
        if self._pending.get(key) is task:
            del self._pending[key]
            self._abandoned.discard(key)

    async def _ask_anew(self, keyed: Keyed) -> Answer:
        if keyed.source == "replay":
            return await self._tried(keyed)
        async with self._claims.of(keyed.key) as answered:
            if answered and (known := await self._cache.look(keyed.key)) is not None:
                return self._reuse(keyed, known)
            return await self._tried(keyed)

    async def _tried(self, keyed: Keyed) -> Answer:
        try:
            answer = await retried(lambda number: self._attempt(keyed, number), self.tally.again)
        except ProviderError as error:
            self.tally.gave_up(keyed.request.model, error)
            raise
        except BudgetExceeded as error:
            self._stopped = str(error)
            raise
        self._cache.keep(keyed.key, answer)
        return answer

    async def _attempt(self, keyed: Keyed, number: int) -> Answer:
        request, model = keyed.request, self._models.named(keyed.request.model)
        parameters, secrets = self._models.parameters(model)
        sent = self._models.sent(request) | own_parameters(model, request.sample_index, number)
        call = Call(keyed, self._run_id, number, self._models.bound_usd(request), self._chunk_id)
        async with self._limits.slot(request.model):
            self._refuse(keyed)
            await self._budget.reserve(call.bound_usd)
            call = call.begun()
            if keyed.source == "live":
                try:
                    await self._claims.under_way(keyed.key, call.unknown_row())
                except BaseException:
                    await self._budget.settle(call.bound_usd, 0.0)
                    raise
                self._book((UNDER_WAY, call.unknown_row()))
            self.tally.calls += 1
            cost: float | None = None  # unknown until told: a call cut off half-way may have been billed
            try:
                timeout_s = float(parameters.get("timeout") or TIMEOUT_S)
                done = self._pricing.priced(model, await complete(sent, request.messages, timeout_s, secrets))
            except asyncio.CancelledError:
                if self._ledger is not None:
                    failure = ProviderError("timeout", "given up while it was under way", retryable=True)
                    self._book_failed(call, call.row(failure=failure))
                raise
            except Exception as error:
                failure = classify(error, secrets)
                cost = None if failure.kind in MAYBE_BILLED else 0.0
                self._book_failed(call, call.row(failure=failure), free=cost == 0.0)
                self.tally.call_failed(request.model, failure)
                raise failure from error
            else:
                cost = done.cost_usd
                return self._keep(model, call, done)  # before anything is awaited: what is paid is on the ledger
            finally:
                await self._budget.settle(call.bound_usd, cost)

    def _refuse(self, keyed: Keyed) -> None:
        if self._stopped is not None:
            raise BudgetExceeded(self._stopped)
        if keyed.key in self._abandoned:
            raise ProviderError("timeout", "nobody waits for it any more", retryable=False)
        if (given_up := self.tally.given_up.get(keyed.request.model)) is not None:
            self._book(("unasked", keyed.unasked_row(self._run_id, given_up.kind)))
            raise ProviderError(given_up.kind, given_up.message, retryable=False)

    def _keep(self, model: PoolModel, call: Call, done: Completion) -> Answer:
        """Rows of a call that came back; what was paid for is kept, be it empty."""
        served = served_model(model, done.reply.served)
        tokens = done.usage.prompt_tokens, done.usage.completion_tokens
        other = None if served in (None, model.model_name) else f"{model.model_name} by {served}"
        self.tally.paid(done.cost_usd, tokens, other_model=other)
        if (failure := done.reply.failure) is not None:
            self._book_failed(call, call.row(done, served, failure))
            self.tally.call_failed(model.model_name, failure)
            raise failure
        answer = call.answer(done)
        entries = [("call", call.row(done, served, answer.nothing))]
        if done.reply.provider_id != answer.response_id:  # else replayed: the warehouse holds it already
            entries.insert(0, ("response", call.keyed.response_row(self._run_id, answer)))
        if call.keyed.source == "live":
            self._claims.keep(call.keyed.key, call.lost_row(done))
        self._book(*entries)
        self.tally.booked(answer.model, answer.nothing)
        return answer

    def _reuse(self, keyed: Keyed, known: Answer) -> Answer:
        """A known answer as this request's own; another question or purpose with the same words gets its own row."""
        self.tally.cached += 1
        answer = keyed.reuse(known)
        if answer.response_id != known.response_id:
            self._book(("response", keyed.response_row(self._run_id, answer)))
        return answer

    def _book_failed(self, call: Call, row: Mapping[str, Any], *, free: bool = False) -> None:
        if call.keyed.source == "live":
            self._claims.failed(call.keyed.key, free=free)
        self._book(("call", row))

    def _book(self, *entries: tuple[str, Mapping[str, Any]]) -> None:
        self._ledger = self._ledger or Ledger(self._claims.landed)
        self._ledger.add(*entries)

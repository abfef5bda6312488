"""How fast and how wide we ask: requests in flight per endpoint, requests per minute per model and endpoint."""

from asyncio import Semaphore
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from aiolimiter import AsyncLimiter

from profiles.schema import Pool, PoolModel

_BURST = 1 / 6  # of a minute's requests at once: a full bucket would allow nearly twice `rpm` at the start


def endpoint_of(model: PoolModel) -> str:
    """The unit of limits: the provider, or the server where the pool names one (two vLLM hosts are two)."""
    parameters = model.litellm_params
    return str(parameters.get("api_base") or parameters.get("base_url") or model.provider)


class Limits:
    """Limits of a pool; belongs to one event loop.

    Read from the pool: LiteLLM's `rpm` and `max_parallel_requests` of a model, and, at the pool's top level,
    `provider_limits: {openai: {rpm: 500, concurrency: 16}}` by provider name or api_base.

    Args:
        pool: the pool.
        concurrency: requests in flight per endpoint where the pool sets none.
        burst: begin a minute with a sixth of its requests at once; else they are evenly spaced.
    """

    def __init__(self, pool: Pool, concurrency: int, *, burst: bool = True) -> None:
        stated: Mapping[str, Mapping[str, Any]] = (pool.model_extra or {}).get("provider_limits") or {}
        self._endpoint: dict[str, str] = {}
        self._wide: dict[str, Semaphore] = {}
        self._fast: dict[str, AsyncLimiter] = {}
        for model in pool.model_list:
            endpoint = endpoint_of(model)
            own = stated.get(endpoint) or stated.get(model.provider) or {}
            self._endpoint[model.model_name] = endpoint
            self._wide.setdefault(endpoint, Semaphore(int(own.get("concurrency") or concurrency)))
            if own.get("rpm"):
                self._fast.setdefault(endpoint, _per_minute(float(own["rpm"]), burst=burst))
            if parallel := model.litellm_params.get("max_parallel_requests"):
                self._wide[_of_model(model.model_name)] = Semaphore(int(parallel))
            if rpm := model.litellm_params.get("rpm"):
                self._fast[_of_model(model.model_name)] = _per_minute(float(rpm), burst=burst)

    @asynccontextmanager
    async def slot(self, model: str) -> AsyncIterator[None]:
        """Wait for a place and for its turn within the minute.

        The model's own limits come first, so that a slow model does not hold places that others could use.
        """
        async with AsyncExitStack() as held:
            for name in (_of_model(model), self._endpoint[model]):
                if name in self._wide:
                    await held.enter_async_context(self._wide[name])
                if name in self._fast:
                    await self._fast[name].acquire()
            yield


def most_shares(pool: Pool, concurrency: int) -> int:
    """Among how many clients the limits of a pool can be shared out, so that each may ask and no burst gets larger."""
    places = [int(own[wide]) for own, wide in _stated(pool) if own.get(wide)]
    bursts = [int(float(own["rpm"]) * _BURST) for own, _ in _stated(pool) if own.get("rpm")]
    return max(1, min([concurrency, *places, *bursts]))


def shared_out(pool: Pool, concurrency: int, n: int) -> tuple[Pool, int]:
    """Pool and concurrency of one of n clients that together keep within those given; n: up to `most_shares`."""
    part = pool.model_copy(deep=True)
    for own, wide in _stated(part):
        if own.get(wide):
            own[wide] = int(own[wide]) // n
        if own.get("rpm"):
            own["rpm"] = float(own["rpm"]) / n
    return part, concurrency // n


def _stated(pool: Pool) -> list[tuple[dict[str, Any], str]]:
    """Where a pool states limits, with the name that requests in flight have there."""
    of_endpoints = (pool.model_extra or {}).get("provider_limits") or {}
    own = [(model.litellm_params, "max_parallel_requests") for model in pool.model_list]
    return own + [(stated, "concurrency") for stated in of_endpoints.values()]


def _per_minute(rpm: float, *, burst: bool) -> AsyncLimiter:
    at_once = max(1.0, rpm * _BURST) if burst else 1.0
    return AsyncLimiter(at_once, 60 * at_once / rpm)


def _of_model(model: str) -> str:
    return f"model {model}"

"""How fast and how wide we ask: requests in flight per endpoint, requests per minute per model and endpoint."""

from asyncio import Semaphore
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from aiolimiter import AsyncLimiter

from profiles.schema import Pool, PoolModel


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
    """

    def __init__(self, pool: Pool, concurrency: int) -> None:
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
                self._fast.setdefault(endpoint, _per_minute(float(own["rpm"])))
            if parallel := model.litellm_params.get("max_parallel_requests"):
                self._wide[_of_model(model.model_name)] = Semaphore(int(parallel))
            if rpm := model.litellm_params.get("rpm"):
                self._fast[_of_model(model.model_name)] = _per_minute(float(rpm))

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


def _per_minute(rpm: float) -> AsyncLimiter:
    """At most a sixth of the minute's requests at once: a full bucket would allow nearly twice `rpm` at the start."""
    burst = max(1.0, rpm / 6)
    return AsyncLimiter(burst, 60 * burst / rpm)


def _of_model(model: str) -> str:
    return f"model {model}"

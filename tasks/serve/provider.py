"""Concertino as a LiteLLM provider: `litellm.completion(model="concertino/smcs", messages=[...])`.

In a program of your own:

    from tasks.serve.provider import register
    register(profile="mine", pool="mine.yaml")

In LiteLLM's proxy, a file `concertino_provider.py` beside its `config.yaml`:

    from tasks.serve.provider import Provider
    provider = Provider(profile="mine")

and in `config.yaml`:

    model_list:
      - model_name: smcs
        litellm_params: {model: concertino/smcs}
    litellm_settings:
      custom_provider_map: [{provider: concertino, custom_handler: concertino_provider.provider}]

What a request costs is in `usage.cost`, what explains it in `provider_specific_fields` of the message. Imports LiteLLM,
so it is imported late.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from litellm import CustomLLM
from litellm.llms.custom_llm import CustomLLMError
from litellm.types.utils import GenericStreamingChunk, ModelResponse

from profiles.load import load_pool, load_run
from tasks.serve.answer import LiveAnswer, Unanswered
from tasks.serve.api import Limits
from tasks.serve.chat import PREFIX, Refused, read_chat
from tasks.serve.session import Session
from tasks.serve.wire import completion, headers, usage
from warehouse.errors import BudgetExceeded, ConcertinoError

_T = TypeVar("_T")


class Provider(CustomLLM):
    """Answers LiteLLM's calls; loads what it needs at the first one, and works from any thread and event loop.

    Args:
        profile: run profile whose questions are the bank.
        pool: another pool than the profile's: a name or a YAML file.
        limits: of one call.
        secrets: Prefect secret block → value, for keys written `prefect-secret/BLOCK`.
    """

    def __init__(
        self,
        profile: str = "demo",
        pool: str | None = None,
        limits: Limits = Limits(),
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._profile, self._pool, self._limits, self._secrets = profile, pool, limits, secrets
        self._opening = threading.Lock()
        self._session: Session | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="concertino", daemon=True).start()

    def completion(self, model: str, messages: list[Any], **given: Any) -> ModelResponse:
        """Called by `litellm.completion`."""
        return _response(self._submit(self._answer(model, messages, given["optional_params"])).result(), model)

    async def acompletion(self, model: str, messages: list[Any], **given: Any) -> ModelResponse:
        """Called by `litellm.acompletion`."""
        answer = await asyncio.wrap_future(self._submit(self._answer(model, messages, given["optional_params"])))
        return _response(answer, model)

    def streaming(self, model: str, messages: list[Any], **given: Any) -> Iterator[GenericStreamingChunk]:
        """Called by `litellm.completion(stream=True)`: one piece, when the answer is known."""
        yield _chunk(self._submit(self._answer(model, messages, given["optional_params"])).result())

    async def astreaming(self, model: str, messages: list[Any], **given: Any) -> AsyncIterator[GenericStreamingChunk]:
        """Called by `litellm.acompletion(stream=True)`."""
        future = self._submit(self._answer(model, messages, given["optional_params"]))
        yield _chunk(await asyncio.wrap_future(future))

    def close(self) -> None:
        """Land everything and end the run; without it the next command of Concertino lands what is left."""
        if self._session is not None:
            self._submit(self._session.close()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _submit(self, work: Coroutine[Any, Any, _T]) -> "Future[_T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _opened(self) -> Session:
        with self._opening:
            if self._session is None:
                run = load_run(self._profile)
                pool = load_pool(self._pool or run.pool)
                self._session = Session(run, pool, "litellm", self._secrets, self._limits.requests)
            return self._session

    async def _answer(self, model: str, messages: Sequence[Any], optional: Mapping[str, Any]) -> LiveAnswer:
        body = {**optional, "model": PREFIX + model.removeprefix(PREFIX), "messages": list(messages)}
        try:
            chat = read_chat(body, self._limits.max_cost_usd, self._limits.deadline_s)
            session = await asyncio.to_thread(self._opened)
            return await session.answer(chat.asked)
        except Refused as error:
            raise CustomLLMError(error.status, error.message) from error
        except BudgetExceeded as error:
            raise CustomLLMError(402, str(error)) from error
        except Unanswered as error:
            raise CustomLLMError(503 if error.late else 502, str(error)) from error
        except ConcertinoError as error:
            raise CustomLLMError(500, str(error)) from error


def register(
    profile: str = "demo", pool: str | None = None, limits: Limits = Limits(), secrets: Mapping[str, str] | None = None
) -> Provider:
    """Make `concertino/<preset>` known to LiteLLM in this process; arguments as of `Provider`."""
    import litellm

    provider = Provider(profile, pool, limits, secrets)
    others = [entry for entry in litellm.custom_provider_map if entry["provider"] != "concertino"]
    litellm.custom_provider_map = [*others, {"provider": "concertino", "custom_handler": provider}]
    return provider


def _response(answer: LiveAnswer, model: str) -> ModelResponse:
    body = completion(answer, PREFIX + model)
    body["choices"][0]["message"]["provider_specific_fields"] = headers(answer)
    return ModelResponse(**body)


def _chunk(answer: LiveAnswer) -> GenericStreamingChunk:
    return {
        "text": answer.text,
        "tool_use": None,
        "is_finished": True,
        "finish_reason": answer.finish_reason,
        "usage": usage(answer),
        "index": 0,
        "provider_specific_fields": headers(answer),
    }

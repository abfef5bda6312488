"""The one class that LiteLLM wants of a custom provider; imports LiteLLM, so it is imported late."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from litellm import CustomLLM

Answering = Callable[[str, Sequence[Mapping[str, str]], Mapping[str, Any]], Awaitable[Any]]


class Handler(CustomLLM):
    """Passes a call on to a function.

    Args:
        answering: model, messages and parameters → LiteLLM's `ModelResponse`.
    """

    def __init__(self, answering: Answering) -> None:
        super().__init__()
        self._answering = answering

    async def acompletion(self, model: str, messages: list[dict[str, str]], **given: Any) -> Any:
        """Called by `litellm.acompletion`."""
        return await self._answering(model, messages, given["optional_params"])

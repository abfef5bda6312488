"""An OpenAI chat-completion request, read strictly: what cannot be honoured is refused and never ignored in silence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.serve.conversation import ChatRequest
from warehouse.errors import UserError

PREFIX = "concertino/"
_MOST_MESSAGES = 200
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
# Say nothing about the answer, or only hint at it (seed: what is known already is answered alike anyway).
_HARMLESS = {
    "user",
    "metadata",
    "store",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "seed",
    "stream_options",
    "prompt_cache_retention",
}
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "top_p": (1,),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "logprobs": (False,),
    "tools": ([],),
    "functions": ([],),
    "tool_choice": ("none", "auto"),
    "function_call": ("none", "auto"),
    "parallel_tool_calls": (True, False),
    "modalities": (["text"],),
    "response_format": ({"type": "text"},),
    "stop": ([],),
    "logit_bias": ({},),
}
_READ = {"model", "messages", "stream", "max_tokens", "max_completion_tokens", "temperature"}


class Refused(Exception):
    """A request that is not answered.

    Args:
        status: of HTTP.
        message: one sentence.
        kind: OpenAI's error type.
        code: OpenAI's error code.
        param: the field that is wrong.
        headers: of the response.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.code, self.param = status, message, kind, code, param
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """In OpenAI's shape."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


@dataclass(frozen=True, slots=True)
class Chat:
    """A request.

    Args:
        model: as the client named it.
        asked: the question.
        stream: whether the answer goes out in pieces.
        include_usage: whether the last piece says what it took.
    """

    model: str
    asked: ChatRequest
    stream: bool
    include_usage: bool


def read_chat(body: Any, max_cost_usd: float, deadline_s: float) -> Chat:
    """Check a request body.

    Raises:
        Refused: 400 for what is wrong or not supported, 404 for a model whose name is not one of ours.
    """
    if not isinstance(body, dict):
        raise Refused(400, "the body has to be a JSON object")
    _refuse_unsupported(body)
    options = body.get("stream_options")
    asked = ChatRequest(
        messages=read_messages(body.get("messages")),
        preset=read_model(body.get("model")),
        max_cost_usd=max_cost_usd,
        deadline_s=deadline_s,
        max_tokens=_number(body, "max_completion_tokens", 1, 10**6) or _number(body, "max_tokens", 1, 10**6),
        temperature=_number(body, "temperature", 0, 2, whole=False),
    )
    include = isinstance(options, dict) and options.get("include_usage") is True
    return Chat(body["model"], asked, _flag(body, "stream"), include)


def read_model(model: Any) -> str:
    """The preset that a model name such as `concertino/smcs` chooses, or the id of the policy."""
    from profiles.load import names
    from tasks.route.use import is_policy_id, usable_policy

    preset = model.removeprefix(PREFIX) if isinstance(model, str) and model.startswith(PREFIX) else None
    if preset is not None and is_policy_id(preset):
        try:
            return usable_policy(preset).policy_id
        except UserError as error:
            raise Refused(404, str(error), code="model_not_found", param="model") from error
    if preset not in (known := names("presets")):
        offered = ", ".join(PREFIX + name for name in known)
        message = f"there is no model {str(model)[:100]!r}; choose one of {offered}, or {PREFIX}POLICY_ID"
        raise Refused(404, message, code="model_not_found", param="model")
    return preset


def read_messages(messages: Any) -> tuple[dict[str, str], ...]:
    """Role and text of every message; images, audio, files and tool calls are refused."""
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "messages has to be a list with at least one message", param="messages")
    if len(messages) > _MOST_MESSAGES:
        raise Refused(400, f"at most {_MOST_MESSAGES} messages are taken", param="messages")
    read = tuple(_message(message, f"messages[{at}]") for at, message in enumerate(messages))
    if read[-1]["role"] != "user" or not read[-1]["content"].strip():
        raise Refused(400, "the last message has to be the user's, with a text", param="messages")
    return read


def _message(message: Any, where: str) -> dict[str, str]:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise Refused(400, f"{where} has to be an object with a role and a content", param=where)
    role = _ROLES.get(message["role"])
    if role is None or any(message.get(name) for name in ("tool_calls", "function_call", "audio")):
        raise Refused(
            400,
            f"{where}: tools are not supported, only system, user and assistant messages with text",
            code="unsupported_value",
            param=where,
        )
    content = message.get("content")
    if isinstance(content, list):
        content = "\n".join(_part(part, f"{where}.content[{at}]") for at, part in enumerate(content))
    if not isinstance(content, str):
        raise Refused(400, f"{where}.content has to be a text", param=f"{where}.content")
    return {"role": role, "content": content}


def _part(part: Any, where: str) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    kind = part.get("type") if isinstance(part, dict) else type(part).__name__
    message = f"{where}: only text is supported, no {str(kind)[:40]}"
    raise Refused(400, message, code="unsupported_value", param=where)


def _refuse_unsupported(body: Mapping[str, Any]) -> None:
    for name, value in body.items():
        if value is None or name in _READ or name in _HARMLESS or value in _NEUTRAL.get(name, ()):
            continue
        raise Refused(
            400,
            f"{name[:60]} is not supported" + (" with this value" if name in _NEUTRAL else ""),
            code="unsupported_parameter",
            param=name[:60],
        )


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refused(400, f"{name} has to be true or false", param=name)
    return bool(value)


def _number(body: Mapping[str, Any], name: str, low: float, high: float, *, whole: bool = True) -> Any:
    value = body.get(name)
    right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if value is not None and not (right and low <= value <= high):
        raise Refused(400, f"{name} has to be a number from {low:g} to {high:g}", param=name)
    return value

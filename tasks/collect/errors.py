"""What went wrong with a call, whether trying again can help, and how long to wait; keys never get through."""

import re
from collections.abc import Iterable, Iterator, Mapping
from random import Random

from warehouse.errors import ProviderError

# Class names of LiteLLM's and the OpenAI client's errors, most special first: importing them takes seconds.
_KINDS: tuple[tuple[str, str, bool], ...] = (
    ("Timeout", "timeout", True),
    ("APITimeoutError", "timeout", True),
    ("TimeoutError", "timeout", True),
    ("PaymentRequiredError", "auth", False),
    ("RateLimitError", "rate_limit", True),
    ("AuthenticationError", "auth", False),
    ("PermissionDeniedError", "auth", False),
    ("NotFoundError", "not_found", False),
    ("ContentPolicyViolationError", "content_filter", False),
    ("BadRequestError", "bad_request", False),
    ("UnprocessableEntityError", "bad_request", False),
    ("APIResponseValidationError", "garbage", True),
    ("JSONDecodeError", "garbage", True),
    ("APIConnectionError", "connection", True),
    ("ServiceUnavailableError", "server", True),
    ("BadGatewayError", "server", True),
    ("InternalServerError", "server", True),
)
# LiteLLM gives these a status of 500 although no server said so.
_WORDS: tuple[tuple[str, str, bool], ...] = (
    ("insufficient_quota", "auth", False),
    ("Missing credentials", "auth", False),
    ("Empty or invalid response from LLM endpoint", "garbage", True),
    ("Connection error", "connection", True),
)
_TRIES = {"rate_limit": 8, "server": 5, "connection": 4, "timeout": 3, "garbage": 3}
_FIRST_WAIT_S = {"rate_limit": 1.0, "server": 0.5, "connection": 0.5, "timeout": 0.1, "garbage": 0.05}
_LONGEST_WAIT_S = 60.0
_LONGEST_MESSAGE = 300
_KEY_SHAPES = re.compile(
    r"(?i)(bearer\s+)\S+"
    r"|((?:api[-_ ]?key|[?&]key|token|secret|password)(?:\s+provided)?[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,]+"
    r"|\b(?:sk|pk|rk|gsk|xai|hf|key)[-_][A-Za-z0-9_\-*.]{6,}|\bAIza[\w\-]{20,}|\bAKIA[A-Z0-9]{12,}"
)


def classify(error: BaseException, secrets: Iterable[str] = ()) -> ProviderError:
    """An error of a call as one of ours.

    Args:
        error: what LiteLLM, a provider of ours or asyncio raised.
        secrets: values that must not appear in the message.
    """
    for cause in _chain(error):
        if isinstance(cause, ProviderError):
            return ProviderError(cause.kind, redact(cause.message, secrets), retryable=cause.retryable)
    message = redact(str(error) or type(error).__name__, secrets)
    for words, kind, retryable in _WORDS:
        if words in message:
            return ProviderError(kind, message, retryable=retryable)
    if any(type(cause).__module__ == "builtins" and not isinstance(cause, OSError) for cause in _chain(error)):
        return ProviderError("unknown", message, retryable=False)  # a defect, which LiteLLM calls a lost connection
    ancestry = {base.__name__ for base in type(error).__mro__}
    for name, kind, retryable in _KINDS:
        if name in ancestry:
            return ProviderError(kind, message, retryable=retryable)
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status >= 500:
        return ProviderError("server", message, retryable=True)
    return ProviderError("unknown", message, retryable=False)


def redact(message: str, secrets: Iterable[str] = ()) -> str:
    """A message in one line, cut short, without traceback, the given secrets and anything shaped like a key."""
    message = message.partition("Traceback (most recent call last)")[0]
    for secret in secrets:
        message = message.replace(secret, "[secret]")
    message = _KEY_SHAPES.sub(lambda match: (match[1] or match[2] or "") + "[secret]", message)
    return " ".join(message.split())[:_LONGEST_MESSAGE]


def tries(kind: str) -> int:
    """How often a request may meet an error of this kind before it is given up."""
    return _TRIES.get(kind, 1)


def wait_s(kind: str, times: int, asked_s: float | None, rng: Random) -> float:
    """Seconds to wait after the `times`-th error of a kind: what the provider asked, or doubling, both with jitter."""
    if asked_s is not None:
        return min(asked_s, _LONGEST_WAIT_S) * (1 + 0.25 * rng.random())
    full = min(_FIRST_WAIT_S.get(kind, 1.0) * 2.0 ** (times - 1), _LONGEST_WAIT_S)
    return full * (0.5 + 0.5 * rng.random())


def retry_after_s(error: BaseException) -> float | None:
    """What the provider's Retry-After header says, in seconds; None when it says nothing we can read."""
    for cause in _chain(error):
        headers = getattr(getattr(cause, "response", None), "headers", None) or getattr(cause, "headers", None)
        if isinstance(headers, Mapping):
            for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
                try:
                    return max(0.0, float(headers[name]) * unit)
                except (KeyError, ValueError, TypeError):
                    continue
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__

"""What went wrong with a call, whether trying again can help, and how long to wait; keys never get through."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random
from typing import Any

from warehouse.errors import ProviderError

# Class names of LiteLLM's and the OpenAI client's errors, most special first: importing them takes seconds.
_KINDS: tuple[tuple[str, str, bool], ...] = (
    ("Timeout", "timeout", True),
    ("APITimeoutError", "timeout", True),
    ("TimeoutError", "timeout", True),
    ("PaymentRequiredError", "quota", False),
    ("RateLimitError", "rate_limit", True),
    ("AuthenticationError", "auth", False),
    ("PermissionDeniedError", "auth", False),
    ("NotFoundError", "not_found", False),
    ("ContentPolicyViolationError", "content_filter", False),
    ("BadRequestError", "bad_request", False),
    ("UnprocessableEntityError", "bad_request", False),
    ("APIResponseValidationError", "garbage", True),
    ("APIConnectionError", "connection", True),
    ("ServiceUnavailableError", "server", True),
    ("BadGatewayError", "server", True),
    ("InternalServerError", "server", True),
)
# LiteLLM gives these a status of 500 although no server said so.
_WORDS: tuple[tuple[str, str, bool], ...] = (
    ("Missing credentials", "auth", False),
    ("Empty or invalid response from LLM endpoint", "garbage", True),
    ("Invalid response object", "garbage", True),
    ("provider returned 'choices' that is not a list", "garbage", True),
    ("Connection error", "connection", True),
)
# Money is used up: waiting does not help. A provider's code says so, or its words do.
_QUOTA = re.compile(
    r"(insufficient|\bno|out of)[_ ](\w+[_ ]){0,2}(quota|credits?|balance|fund(s|ing)?)(?![a-z]| (were|was) charged)"
    r"|subscription has expired"
    r"|(credits?|balance) (is|are|has been) (exhausted|depleted|used up)|credit balance|all available credits"
    r"|billing[_ ](hard[_ ]limit|not[_ ]active)|monthly (quota|limit)|calls ?(/|per) ?month|payment[_ ]required"
    r"|budget[_ ](has been )?exceeded|spend(ing)? limit|account_deactivated|\barrear"
    r"|(exceeded[_ ](your[_ ])?current[_ ]quota|(key|credit) limit exceeded)(?!.*(retry|again|minute))",
    re.IGNORECASE | re.DOTALL,
)
# An account may be empty, or only so large that it is served this often.
_TOP_UP = re.compile(r"\btop.?up\b(?!.*(\d ?s\b|second|minute))", re.IGNORECASE | re.DOTALL)
_RATE = re.compile(r"rate.?limit(?!error)|too.?many.?requests|throttlingexception", re.IGNORECASE)
_FILTERED = re.compile(
    r"content.?(filter|policy|management)|responsible.?ai|moderation|was flagged|usage.?(guideline|polic)"
    r"|data.?inspection|inappropriate content|prohibited.?content",
    re.IGNORECASE,
)
_PARAMETER = re.compile(  # that is called like one of these
    r"(unknown|unrecogni[sz]ed|unsupported|unexpected|invalid|missing|extra)\W+(\w+\W+){0,2}"
    r"(parameter|argument|field|key|option|value)|must be (a|an|one|set|either|less|at)\b",
    re.IGNORECASE,
)
# What a status says too little of, in the provider's words.
_SAID: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (kind, re.compile(words, re.IGNORECASE), better)
    for kind, words, better in (
        ("bad_request", r"api.?key.{0,9}(not valid|invalid|expired)|(invalid|incorrect).{0,4}api.?key", "auth"),
        (
            "bad_request",
            r"\bmodel\b\W*(\S+\W+)?(does )?not (exist|found)|is not a valid model|model_not_found",
            "not_found",
        ),
        (  # as Amazon says it; a parameter may be called rate_limit
            "bad_request",
            r"too.?many.?requests|throttlingexception|rate.?limit.?(exceeded|reached)",
            "rate_limit",
        ),
        ("rate_limit", r"request too large", "bad_request"),  # for what a minute allows
    )
)
# What LiteLLM makes something else of, where it is an OpenAI-compatible server's.
_STATUSES = {
    403: ("auth", False),
    405: ("not_found", False),
    410: ("not_found", False),
    413: ("bad_request", False),
    420: ("rate_limit", True),
    451: ("content_filter", False),
    **dict.fromkeys((409, 424, 425, 498, 499), ("server", True)),  # busy, or a proxy that lost its own server
}
# Errors in a body with status 200 have a code (a status or a word), a type or only a message.
_TOLD: tuple[tuple[str, str, bool], ...] = (
    (rf"\b429\b|{_RATE.pattern}|resource.?exhausted|throttl|slow.?down", "rate_limit", True),
    (r"\b40[13]\b|api.?key|unauthori[sz]ed|authentication|permission|forbidden", "auth", False),
    (r"\b404\b|not.?found|does not exist|unexpected endpoint", "not_found", False),
    (r"content.?(filter|policy)|moderation|safety", "content_filter", False),
    (r"\b4(00|13|22)\b|invalid.?request|context.?length|too (long|large)|unsupported", "bad_request", False),
    (r"\b(408|504|524)\b|timed? ?out|timeout", "timeout", True),
)
_TRIES = {"rate_limit": 8, "server": 5, "connection": 4, "timeout": 3, "garbage": 3}
_FIRST_WAIT_S = {"rate_limit": 1.0, "server": 0.5, "connection": 0.5, "timeout": 0.1, "garbage": 0.05}
_LONGEST_WAIT_S = 60.0
_LONGEST_ASKED_S = 300.0  # a provider that wants to be left alone for longer is given up
_EPOCH_S = 1e9  # more are no seconds to wait but a moment, counted from 1970
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
    for cause in chain(error):
        if isinstance(cause, ProviderError):
            return ProviderError(cause.kind, redact(cause.message, secrets), retryable=cause.retryable)
    message = redact(str(error) or type(error).__name__, secrets)
    asked_s = retry_after_s(error)
    if any(_spent(_told(cause), asked_s) for cause in chain(error)) or getattr(error, "status_code", None) == 402:
        return ProviderError("quota", message, retryable=False)
    if any(type(cause).__name__ == "TooManyRedirects" for cause in chain(error)):
        return ProviderError("not_found", "the address leads in a circle; mend api_base", retryable=False)
    for words, kind, retryable in _WORDS:
        if words in message:
            return ProviderError(kind, message, retryable=retryable)
    if any(type(cause).__name__ in {"JSONDecodeError", "UnicodeDecodeError"} for cause in chain(error)):
        return ProviderError("garbage", message, retryable=True)
    if any(type(cause).__module__ == "builtins" and not isinstance(cause, OSError) for cause in chain(error)):
        return ProviderError("unknown", message, retryable=False)  # a defect, which LiteLLM calls a lost connection
    kind, retryable = _kind(error)
    told = " ".join(map(_told, chain(error)))
    filters = kind == "bad_request" or (kind == "auth" and type(error).__name__ != "AuthenticationError")
    if filters and _FILTERED.search(told) and not _PARAMETER.search(told):
        return ProviderError("content_filter", message, retryable=False)
    kind, retryable = _corrected(kind, retryable, told)
    return ProviderError(kind, message, retryable=retryable)


def _spent(told: str, asked_s: float | None = None) -> bool:
    """Whether money is used up: waiting does not help, and nobody asks for it."""
    often = asked_s is not None or re.search(r"too.?many.?requests", told, re.IGNORECASE)
    return bool(_QUOTA.search(told) or (_TOP_UP.search(told) and not often))


def _corrected(kind: str, retryable: bool, told: str) -> tuple[str, bool]:
    """The kind that the words of an error tell better, and whether trying again can help."""
    better = next((better for said, words, better in _SAID if said == kind and words.search(told)), None)
    return (kind, retryable) if better is None else (better, better in _TRIES)


def _kind(error: BaseException) -> tuple[str, bool]:
    """By the status that came over the wire, else the name of the error; and whether trying again can help."""
    statuses = [status for cause in chain(error) if isinstance(status := getattr(cause, "status_code", None), int)]
    if statuses and statuses[-1] in _STATUSES:
        return _STATUSES[statuses[-1]]
    ancestry = {base.__name__ for base in type(error).__mro__}
    for name, kind, retryable in _KINDS:
        if name in ancestry:
            return kind, retryable
    if not statuses or statuses[0] < 400:
        return "unknown", False
    return ("server", True) if statuses[0] >= 500 else ("bad_request", False)


def told_error(told: Any, secrets: Iterable[str] = ()) -> ProviderError:
    """An error that came within a body: as the same error with a status of its own; a failed server unless it says.

    Args:
        told: the provider's error: an object with message, code and type, as far as they are there, or a text.
        secrets: values that must not appear in the message.
    """
    fields = told if isinstance(told, Mapping) else {"message": told}
    message = redact(str(fields.get("message") or told), secrets)
    code = " ".join(str(fields[name]) for name in ("code", "type", "status") if fields.get(name))
    if _spent(f"{code} {message}") or code.startswith("402"):
        return ProviderError("quota", message, retryable=False)
    for words in (code, message):  # its code knows better than its words
        for pattern, kind, retryable in _TOLD:
            if re.search(pattern, words, re.IGNORECASE):
                kind, retryable = _corrected(kind, retryable, message)
                return ProviderError(kind, message, retryable=retryable)
        if re.match(r"5\d\d\b", words):
            break
    return ProviderError("server", message, retryable=True)


def redact(message: str, secrets: Iterable[str] = ()) -> str:
    """A message in one line, cut short, without traceback, the given secrets and anything shaped like a key."""
    message = message.partition("Traceback (most recent call last)")[0].encode(errors="replace").decode()
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
        return min(asked_s, _LONGEST_ASKED_S) * (1 + 0.25 * rng.random())
    full = min(_FIRST_WAIT_S.get(kind, 1.0) * 2.0 ** (times - 1), _LONGEST_WAIT_S)
    return full * (0.5 + 0.5 * rng.random())


def too_long(asked_s: float | None) -> bool:
    """Whether a provider wants to be left alone for longer than a run waits."""
    return asked_s is not None and asked_s > _LONGEST_ASKED_S


def retry_after_s(error: BaseException) -> float | None:
    """What the provider's Retry-After header says, in seconds from now; None when it says nothing that helps.

    It is a number or an HTTP date; a moment that is over helps as little as a word.
    """
    for cause in chain(error):
        headers = getattr(getattr(cause, "response", None), "headers", None) or getattr(cause, "headers", None)
        if isinstance(headers, Mapping):
            for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
                seconds = _seconds(headers.get(name), headers.get("date"), unit)
                if seconds is not None and math.isfinite(seconds) and seconds > 0:
                    return seconds
    return None


def _seconds(told: Any, date: Any, unit: float) -> float | None:
    moment: datetime | None
    try:
        seconds = float(told) * unit
        if not seconds >= _EPOCH_S:
            return seconds
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        moment = _moment(told)
    # Counted from the server's own clock where it tells it: ours may be another.
    return None if moment is None else (moment - (_moment(date) or datetime.now(UTC))).total_seconds()


def _moment(told: Any) -> datetime | None:
    try:
        moment = parsedate_to_datetime(told)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _told(error: BaseException) -> str:
    """All that an error carries of the provider's words."""
    return " ".join(str(getattr(error, name, None) or "") for name in ("message", "code", "type", "body")) + str(error)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from, the last one first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__

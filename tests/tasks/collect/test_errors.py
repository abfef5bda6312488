import json
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.collect.errors import classify, redact, retry_after_s, too_long, tries, wait_s
from warehouse.errors import ProviderError


def litellm_error(name: str, **more: object) -> Exception:
    import litellm

    return getattr(litellm, name)(message="words", model="m", llm_provider="p", **more)


@pytest.mark.parametrize(
    ("name", "kind", "retryable"),
    [
        ("RateLimitError", "rate_limit", True),
        ("Timeout", "timeout", True),
        ("InternalServerError", "server", True),
        ("ServiceUnavailableError", "server", True),
        ("APIConnectionError", "connection", True),
        ("AuthenticationError", "auth", False),
        ("BadRequestError", "bad_request", False),
        ("ContextWindowExceededError", "bad_request", False),
        ("ContentPolicyViolationError", "content_filter", False),
        ("NotFoundError", "not_found", False),
    ],
)
def test_litellms_errors_have_a_kind(name: str, kind: str, retryable: bool) -> None:
    error = classify(litellm_error(name))
    assert (error.kind, error.retryable) == (kind, retryable)


def test_a_used_up_quota_is_not_a_rate_limit() -> None:
    error = litellm_error("RateLimitError")
    error.args = ("insufficient_quota: check your plan",)
    error.message = "insufficient_quota: check your plan"  # type: ignore[attr-defined]
    assert (classify(error).kind, classify(error).retryable) == ("quota", False)


@pytest.mark.parametrize(
    ("name", "words", "kind"),
    [
        ("RateLimitError", "Too many requests. Top up your balance for a higher tier", "rate_limit"),
        ("RateLimitError", "Top up your balance, or try again in 20 s", "rate_limit"),
        ("RateLimitError", "Please top up your account", "quota"),
        ("RateLimitError", "Please top up your account and try again", "quota"),
        ("RateLimitError", "Too many requests: insufficient_quota", "quota"),
        ("BadRequestError", "An error occurred (ThrottlingException): Rate exceeded", "rate_limit"),
        ("BadRequestError", "TooManyRequestsException: wait", "rate_limit"),
        ("BadRequestError", "unknown parameter: rate_limit", "bad_request"),
    ],
)
def test_too_often_is_tried_again_and_an_empty_account_is_not(name: str, words: str, kind: str) -> None:
    error = litellm_error(name)
    error.message = words  # type: ignore[attr-defined]
    assert (classify(error).kind, classify(error).retryable) == (kind, kind == "rate_limit")


def test_an_account_to_be_topped_up_that_may_come_back_is_not_empty() -> None:
    error = litellm_error("RateLimitError")
    error.message, error.headers = "Please top up your account", {"retry-after": "3"}  # type: ignore[attr-defined]
    assert classify(error).kind == "rate_limit"


def test_a_load_balancer_is_no_balance() -> None:
    error = litellm_error("ServiceUnavailableError")
    error.message = "no available balancer"  # type: ignore[attr-defined]
    assert (classify(error).kind, classify(error).retryable) == ("server", True)


def test_our_own_timeout_and_broken_json() -> None:
    assert classify(TimeoutError()).kind == "timeout"
    assert classify(json.JSONDecodeError("no", "", 0)).kind == "garbage"


def test_a_defect_is_not_a_lost_connection() -> None:
    lost = litellm_error("APIConnectionError")
    lost.__context__ = KeyError("defect")
    assert (classify(lost).kind, classify(lost).retryable) == ("unknown", False)
    lost.__context__ = ConnectionRefusedError()
    assert classify(lost).kind == "connection"


def test_an_own_error_keeps_its_kind_through_litellm() -> None:
    wrapped = litellm_error("APIConnectionError")
    wrapped.__context__ = ProviderError("not_recorded", "never asked", retryable=False)
    assert (classify(wrapped).kind, classify(wrapped).retryable) == ("not_recorded", False)


@pytest.mark.parametrize(
    "message",
    [
        "Incorrect API key provided: sk-proj-abcDEF1234567890.",
        "you sent Authorization: Bearer abc.def-ghi",
        '{"api_key": "topsecretvalue"}',
        "https://host/v1?key=topsecretvalue&x=1",
        "AIzaSyA1234567890abcdefghijklmnop is not valid",
        "denied for token=topsecretvalue",
    ],
)
def test_key_shapes_are_cut_out(message: str) -> None:
    shown = redact(message)
    assert "[secret]" in shown
    for secret in ("sk-proj-abcDEF1234567890", "abc.def-ghi", "topsecretvalue", "AIzaSyA1234567890abcdefghijklmnop"):
        assert secret not in shown


@given(st.text(alphabet="abcdef0123456789!$%/+", min_size=6, max_size=40), st.text(max_size=50), st.text(max_size=50))
def test_a_known_secret_never_shows(secret: str, before: str, after: str) -> None:
    shown = redact(f"{before}{secret}{after}", [secret])
    assert secret not in shown
    assert len(shown) <= 300


def test_waiting_grows_has_jitter_and_follows_the_provider() -> None:
    rng = Random(0)
    waits = [wait_s("rate_limit", times, None, rng) for times in range(1, 8)]
    for times, seconds in enumerate(waits, 1):
        full = min(60.0, 2.0 ** (times - 1))
        assert full / 2 <= seconds <= full
    assert 5.0 <= wait_s("rate_limit", 1, 5.0, rng) <= 6.25
    assert 120 <= wait_s("rate_limit", 1, 120.0, rng) <= 150
    assert wait_s("rate_limit", 1, 3600.0, rng) <= 375
    assert too_long(3600.0)
    assert not too_long(120.0)
    assert not too_long(None)
    assert tries("auth") == 1 < tries("garbage") < tries("rate_limit")


def test_retry_after_is_read_from_the_response_behind_the_error() -> None:
    def seconds(headers: dict[str, str]) -> float | None:
        inner, outer = ValueError(), RuntimeError()
        inner.response = SimpleNamespace(headers=headers)  # type: ignore[attr-defined]
        outer.__cause__ = inner
        return retry_after_s(outer)

    assert seconds({"retry-after": "7"}) == 7.0
    assert seconds({"retry-after-ms": "250", "retry-after": "1"}) == 0.25
    dated = {"date": "Wed, 21 Oct 2026 07:27:20 GMT"}  # the server's clock, not ours
    assert seconds({**dated, "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}) == 40.0
    assert seconds({**dated, "retry-after": "Wed, 21 Oct 2026 07:00:00 GMT"}) is None
    for nothing in ("soon", "", "nan", "inf", "-3", "0", "Wed, 99 Oct 2026 07:28:00 GMT"):
        assert seconds({"retry-after": nothing}) is None
    assert seconds({}) is None

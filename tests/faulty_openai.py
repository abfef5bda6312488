"""How real OpenAI-compatible servers misbehave, as replies of `local_openai`, and what is right for each.

The asked model's name says how. Prices: 1 USD a million prompt tokens (0.1 cached, 1.25 when cached anew), 2 USD a
million completion tokens.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

PRICES = {
    "input_cost_per_token": 1e-6,
    "output_cost_per_token": 2e-6,
    "cache_read_input_token_cost": 1e-7,
    "cache_creation_input_token_cost": 1.25e-6,
}
TEXT = "The answer is 4."
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
USUAL = 100e-6 + 40e-6
GUESSED = 4  # tokens of TEXT
PROMPT = 12  # guessed tokens of the question below
QUESTION = "What is two and two, please tell"


@dataclass(frozen=True)
class Scripted:
    """One HTTP reply; a body that is no bytes is sent as JSON, lone surrogates and NaN included."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] | None = None

    def raw(self) -> bytes:
        """The body on the wire."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Kind:
    """A kind of misbehaviour and what is right.

    Args:
        replies: one after the other; the last one is repeated.
        text: of the answer; None: there is none.
        error: kind of the failure that stays; None: there is an answer.
        tries: requests that the server sees in the first run.
        again: and in the second, which asks the same.
        tokens: of prompt and completion of the last call; None: not on the ledger.
        source: of these tokens.
        cost: of all calls together; None: unknown.
    """

    replies: tuple[Scripted, ...]
    text: str | None = TEXT
    error: str | None = None
    tries: int = 1
    again: int = 0
    tokens: tuple[int, int] | None = (100, 20)
    source: str | None = "billed"
    cost: float | None = USUAL
    cost_source: str | None = "priced"


def body(content: Any = TEXT, finish: Any = "stop", usage: Any = USAGE, choice: Any = None, **more: Any) -> Any:
    """A reply in OpenAI's layout with one thing odd."""
    message = {"role": "assistant", "content": content, **more.pop("message", {})}
    given = {"index": 0, "message": message, "finish_reason": finish, **(choice or {})}
    return {"id": "c", "object": "chat.completion", "created": 1, "choices": [given], "usage": usage, **more}


def once(*bodies: Any, **right: Any) -> Kind:
    """A kind of replies with status 200."""
    return Kind(tuple(map(Scripted, bodies)), **right)


def used(**odd: Any) -> Any:
    """An answer whose usage is odd."""
    return body(usage={**USAGE, **odd})


def refused(status: int, error: Any, **headers: str) -> Scripted:
    """An HTTP error."""
    return Scripted({"error": error}, status, {name.replace("_", "-"): value for name, value in headers.items()})


def within(seconds: float) -> str:
    """An HTTP date so many seconds from now."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def logprobs(*values: Any) -> Any:
    """An answer with these token log-probabilities."""
    tokens = [{"token": "a", "logprob": value, "bytes": None, "top_logprobs": []} for value in values]
    return body(choice={"logprobs": {"content": tokens}})


SLOW = {"message": "slow down"}
EMPTY: dict[str, Any] = {"text": None, "error": "empty"}
BROKEN: dict[str, Any] = {"text": None, "error": "garbage", "tries": 3, "again": 3}
LOST: dict[str, Any] = {"tokens": None, "source": None, "cost": None, "cost_source": None}
HOPELESS: dict[str, Any] = {"text": None, "again": 1, **LOST}
GUESS: dict[str, Any] = {"source": "estimated", "cost_source": "estimated"}
SECOND: dict[str, Any] = {"tries": 2}

KINDS: dict[str, Kind] = {
    "sound": once(body()),
    # no answer: paid, booked, known
    "nullcontent": once(body(None), **EMPTY),
    "blank": once(body(" \n\t"), **EMPTY),
    "nocontent": once(body([]), **EMPTY),
    "thoughtonly": once(body(None, message={"reasoning_content": "It is 4."}), **EMPTY),
    "thoughtlong": once(body(None, "length", message={"reasoning_content": "let me"}), **EMPTY),
    "toolcall": once(
        body(
            None,
            "tool_calls",
            message={"tool_calls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        ),
        **EMPTY,
    ),
    "filtered": once(body("", "content_filter"), text=None, error="content_filter"),
    # no reply: tried again, tokens and cost kept
    "emptychoices": once(body() | {"choices": []}, **BROKEN, cost=3 * USUAL),
    "choicesnull": once(body() | {"choices": None}, **BROKEN, cost=3 * USUAL),
    "messagenull": once(body(choice={"message": None}), **BROKEN, cost=3 * USUAL),
    "emptythengood": once(body() | {"choices": []}, body(), **SECOND, cost=2 * USUAL),
    "halfjson": once(b'{"id":"x","choices":[', **{**BROKEN, **LOST}),
    "html": once(b"<html>proxy</html>", **{**BROKEN, **LOST}),
    # odd, but an answer
    "parts": once(body([{"type": "text", "text": "The answer"}, {"type": "text", "text": " is 4."}])),
    "thinkingpart": once(body([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": TEXT}])),
    "reasoningpart": once(body([{"type": "reasoning", "text": "5?"}, {"type": "text", "text": TEXT}])),
    "thoughtpart": once(body([{"text": "5?", "thought": True}, {"type": "output_text", "text": TEXT}])),
    "unthoughtpart": once(body([{"type": "text", "text": TEXT, "thinking": None}])),
    "valuepart": once(body([{"type": "text", "text": {"value": TEXT, "annotations": []}}])),
    "refusalpart": once(body([{"type": "refusal", "refusal": "I cannot say."}]), text="I cannot say."),
    "number": once(body(4), text="4"),
    "refusal": once(body(None, message={"refusal": "I cannot say."}), text="I cannot say."),
    "finishnull": once(body(finish=None)),
    "surrogate": once(body("It is 4 \ud83d"), text="It is 4 \ufffd"),
    "surrogatepair": once(body("It is 4 \ud83d\ude00"), text="It is 4 \U0001f600"),
    # errors in a body with status 200
    "told429": once({"error": {"message": "later", "code": 429}}, body(), **SECOND),
    "told429text": once({"error": {"message": "later", "code": "429"}}, body(), **SECOND),
    "toldword": once({"error": {"message": "later", "code": "rate_limit_exceeded"}}, body(), **SECOND),
    "toldtext": once({"error": "rate limited, try later"}, body(), **SECOND),
    "told503": once({"error": {"message": "overloaded", "code": 503}}, body(), **SECOND),
    "toldnocode": once({"error": {"message": "something"}}, body(), **SECOND),
    "told401": once({"error": {"message": "no", "code": 401}}, error="auth", **HOPELESS),
    "toldquota": once({"error": {"message": "gone", "code": "insufficient_quota"}}, error="quota", **HOPELESS),
    "told402": once({"error": {"message": "Insufficient credits", "code": 402}}, error="quota", **HOPELESS),
    "toldbeside": once(body("half", error={"message": "died", "code": 502}), body(), **SECOND, cost=2 * USUAL),
    "partialerror": once(
        body("half", "error", choice={"error": {"message": "died", "code": 502}}), body(), **SECOND, cost=2 * USUAL
    ),
    "finisherror": once(body("half", "error"), body(), **SECOND, cost=2 * USUAL),
    "aborted": once(body("half", "abort"), body(), **SECOND, cost=2 * USUAL),
    "nomachine": once(body("half", "insufficient_system_resource"), body(), **SECOND, cost=2 * USUAL),
    "choiceerror": once(
        body("half", choice={"error": {"message": "x", "code": 429}}), body(), **SECOND, cost=2 * USUAL
    ),
    # errors
    "quota": Kind((refused(429, {"message": "q", "code": "insufficient_quota"}),), error="quota", **HOPELESS),
    "billing": Kind((refused(429, {"message": "q", "code": "billing_hard_limit_reached"}),), error="quota", **HOPELESS),
    "credits": Kind((refused(402, {"message": "Insufficient credits"}),), error="quota", **HOPELESS),
    "balance": Kind((refused(400, {"message": "Your credit balance is too low"}),), error="quota", **HOPELESS),
    "quotawords": Kind(
        (refused(429, {"message": "You exceeded your current quota, please check your plan and billing details."}),),
        error="quota",
        **HOPELESS,
    ),
    "arrears": Kind((refused(400, {"code": "Arrearage", "message": "Access denied"}),), error="quota", **HOPELESS),
    "quotaaminute": Kind(
        (refused(429, {"message": "You exceeded your current quota. Please retry in 2.5s."}), Scripted(body())),
        **SECOND,
    ),
    "keylimit": Kind((refused(403, {"message": "Key limit exceeded (total limit)"}),), error="quota", **HOPELESS),
    "forbidden": Kind((refused(403, {"message": "this key may not"}),), error="auth", **HOPELESS),
    "wrongkey": Kind((refused(401, {"message": "No such key; see our content policy"}),), error="auth", **HOPELESS),
    "flagged": Kind(
        (refused(403, {"message": "Your input was flagged", "code": 403}),), error="content_filter", **HOPELESS
    ),
    "policy": Kind(
        (refused(400, {"message": "by our content management policy", "code": "content_filter"}),),
        error="content_filter",
        **HOPELESS,
    ),
    "toolarge": Kind((refused(413, {"message": "Request too large"}),), error="bad_request", **HOPELESS),
    "gone": Kind((refused(410, {"message": "This model was retired"}),), error="not_found", **HOPELESS),
    "legal": Kind((refused(451, {"message": "not in your country"}),), error="content_filter", **HOPELESS),
    "headers": Kind((refused(431, {"message": "headers too large"}),), error="bad_request", **HOPELESS),
    "hungup": Kind((refused(499, SLOW), Scripted(body())), **SECOND),
    "conflict": Kind((refused(409, SLOW), Scripted(body())), **SECOND),
    "latin": once(b'{"choices": [{"message": {"content": "caf\xe9"}}]}', **{**BROKEN, **LOST}),
    "nothingwrong": once(body(error={"code": 0, "message": ""})),
    "after": Kind((refused(429, SLOW, retry_after="0.01"), Scripted(body())), **SECOND),
    "afterdate": Kind((refused(429, SLOW, retry_after=within(2)), Scripted(body())), **SECOND),
    "afterpast": Kind((refused(429, SLOW, retry_after=within(-600)), Scripted(body())), **SECOND),
    "afterword": Kind((refused(429, SLOW, retry_after="soon"), Scripted(body())), **SECOND),
    "afternan": Kind((refused(429, SLOW, retry_after="nan"), Scripted(body())), **SECOND),
    "afternegative": Kind((refused(503, SLOW, retry_after="-5"), Scripted(body())), **SECOND),
    "aftertomorrow": Kind((refused(429, SLOW, retry_after="86400"),), error="rate_limit", **HOPELESS),
    # tokens
    "nousage": once(body(usage=None), tokens=(PROMPT, GUESSED), cost=(PROMPT + 2 * GUESSED) * 1e-6, **GUESS),
    "usagelist": once(body(usage=[]), tokens=(PROMPT, GUESSED), cost=(PROMPT + 2 * GUESSED) * 1e-6, **GUESS),
    "usageword": once(body(usage="many"), tokens=(PROMPT, GUESSED), cost=(PROMPT + 2 * GUESSED) * 1e-6, **GUESS),
    "othernames": once(body(usage={"input_tokens": 100, "output_tokens": 20})),
    "halfnull": once(
        used(completion_tokens=None, total_tokens=None), tokens=(100, GUESSED), cost=(100 + 2 * GUESSED) * 1e-6, **GUESS
    ),
    "zero": once(
        used(completion_tokens=0, total_tokens=100), tokens=(100, GUESSED), cost=(100 + 2 * GUESSED) * 1e-6, **GUESS
    ),
    "zeroprompt": once(used(prompt_tokens=0, total_tokens=20), tokens=(PROMPT, 20), cost=(PROMPT + 40) * 1e-6, **GUESS),
    "negative": once(
        used(prompt_tokens=-100, completion_tokens=-20, total_tokens=-120),
        tokens=(PROMPT, GUESSED),
        cost=(PROMPT + 2 * GUESSED) * 1e-6,
        **GUESS,
    ),
    "enormous": once(
        used(prompt_tokens=10**30, total_tokens=None), tokens=(PROMPT, 20), cost=(PROMPT + 40) * 1e-6, **GUESS
    ),
    "words": once(used(prompt_tokens="100", completion_tokens="20", total_tokens="120")),
    "floats": once(used(prompt_tokens=100.0, completion_tokens=20.0, total_tokens=120.0)),
    "fractions": once(
        used(prompt_tokens=100.5, total_tokens=None), tokens=(PROMPT, 20), cost=(PROMPT + 40) * 1e-6, **GUESS
    ),
    "nullprompt": once(used(prompt_tokens=None), **GUESS),  # the total tells
    "detailsodd": once(used(completion_tokens_details="x", prompt_tokens_details=7)),
    "reasoningnull": once(used(completion_tokens_details={"reasoning_tokens": None})),
    "reasoning": once(used(completion_tokens_details={"reasoning_tokens": 15})),
    "reasoningoutside": once(
        used(completion_tokens=10, total_tokens=510, completion_tokens_details={"reasoning_tokens": 400}),
        tokens=(100, 410),
        cost=920e-6,
    ),
    "reasoninghidden": once(used(total_tokens=500), tokens=(100, 400), cost=900e-6),
    "cached": once(
        used(prompt_tokens=1000, completion_tokens=10, total_tokens=1010, prompt_tokens_details={"cached_tokens": 900}),
        tokens=(1000, 10),
        cost=0.00021,
    ),
    "cachedtop": once(used(cache_read_input_tokens=40, cache_creation_input_tokens=40), cost=(20 + 4 + 50 + 40) * 1e-6),
    "cachedtoomuch": once(used(prompt_tokens_details={"cached_tokens": 5000}), cost=(10 + 40) * 1e-6),
    "cachednegative": once(used(prompt_tokens_details={"cached_tokens": -5})),
    # money
    "billed": once(used(cost=0.5), cost=0.5, cost_source="billed"),
    "billednothing": once(used(cost=0), cost=0.0, cost_source="billed"),
    "owed": once(used(cost=-3)),
    "costnan": once(used(cost=float("nan"))),
    "costinfinite": once(used(cost=float("inf"))),
    "costenormous": once(used(cost=1e300)),
    "costtrue": once(used(cost=True)),
    "costword": once(used(cost="free")),
    "costdict": once(used(cost={"total": 1})),
    "costnull": once(used(cost=None)),
    "ownkey": once(
        used(cost=0, is_byok=True, cost_details={"upstream_inference_cost": 0.0012}), cost=0.0012, cost_source="billed"
    ),
    "ownkeyfee": once(
        used(cost=0.0001, is_byok=True, cost_details={"upstream_inference_cost": 0.0012}),
        cost=0.0013,
        cost_source="billed",
    ),
    "ownkeyunknown": once(used(cost=0, is_byok=True)),
    "upstreamtold": once(
        used(cost=0.002, is_byok=False, cost_details={"upstream_inference_cost": 0.002}),
        cost=0.002,
        cost_source="billed",
    ),
    # log-probabilities
    "lpsentinel": once(logprobs(-0.1, -9999.0)),
    "lpinfinite": once(logprobs(-0.1, float("-inf"))),
    "lpnan": once(logprobs(-0.1, float("nan"))),
    "lpsmallest": once(logprobs(-0.1, -3.4028235e38)),
    "lpnull": once(logprobs(-0.1, None)),
    "lpword": once(logprobs(-0.1, "x")),
    "lppositive": once(logprobs(-0.1, 5.0)),
    "lplegacy": once(body(choice={"logprobs": {"tokens": ["a"], "token_logprobs": [-0.1]}})),
}

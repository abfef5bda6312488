"""More of `faulty_openai`: gateways that answer in a layout of their own, and words that a status does not tell."""

import json
import time
from typing import Any

from tests.faulty_openai import (
    BROKEN,
    GUESSED,
    HOPELESS,
    LOST,
    PROMPT,
    SECOND,
    TEXT,
    USAGE,
    Kind,
    Scripted,
    body,
    once,
    refused,
    used,
)


def chunk(content: str, finish: str | None = None, **more: Any) -> Any:
    """An event of a stream."""
    return {"id": "c", "choices": [{"index": 0, "delta": {"content": content}, "finish_reason": finish}], **more}


SECOND_CHOICE = {"choices": [{"index": 1, "delta": {"content": "It is 5."}}]}


def stream(*events: Any, kind: str = "text/event-stream") -> Scripted:
    """Events that nobody asked for."""
    sent = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return Scripted(f": a comment\n\n{sent}data: [DONE]\n\n".encode(), 200, {"content-type": kind})


def hopeless(status: int, error: Any, kind: str) -> Kind:
    """What no further try mends."""
    return Kind((refused(status, error),), error=kind, **HOPELESS)


def told(error: Any, kind: str) -> Kind:
    """The same with status 200, in a layout of its own."""
    return once(error, error=kind, **HOPELESS)


SLOW = Scripted({"error": {"message": "slow down"}}, 429, {"retry-after": str(time.time() - 5)})
GUESS = (PROMPT + 2 * GUESSED) * 1e-6
GATEWAYS: dict[str, Kind] = {
    "stream": Kind((stream(chunk("The answer"), chunk(" is 4.", "stop"), {"choices": [], "usage": USAGE}),)),
    "streamasjson": Kind(
        (stream(chunk("The answer"), SECOND_CHOICE, chunk(" is 4.", "stop", usage=USAGE), kind="application/json"),)
    ),
    "streamuncounted": Kind(
        (stream(chunk("The answer"), chunk(" is 4.", "stop")),),
        tokens=(PROMPT, GUESSED),
        source="estimated",
        cost=GUESS,
        cost_source="estimated",
    ),
    "streambroken": Kind(
        (stream(chunk("The"), {"error": {"message": "died", "code": 503}}), Scripted(body())), **SECOND
    ),
    "streamcut": Kind(
        (Scripted(b'data: {"choices": [{"delta": {"content": "It"}}]}\n\ndata: {"cho'),), **{**BROKEN, **LOST}
    ),
    "comment": Kind((Scripted(b": working\n\n" + json.dumps(body()).encode()),)),
    "delta": once(body() | {"choices": [{"index": 0, "delta": {"content": TEXT}, "finish_reason": "stop"}]}),
    "textchoice": once(body() | {"choices": [{"index": 0, "text": TEXT, "finish_reason": "stop"}]}),
    "circle": Kind((Scripted(b"", 307, {"location": "/v1/chat/completions"}),), error="not_found", **HOPELESS),
    "erroroflist": told({"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}, "auth"),
    "errorwords": told({"error_code": 336503, "error_msg": "The account has insufficient balance"}, "quota"),
    "errortop": told({"code": "Arrearage", "message": "Access denied", "request_id": "x"}, "quota"),
    "errorbase": told({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "quota"),
    "endpoint": told({"error": "Unexpected endpoint or method. (POST /chat/completions)"}, "not_found"),
    "gatewaysays": once(body(code=0, msg="success", base_resp={"status_code": 0, "status_msg": "fine"})),
    "moderation": hopeless(400, {"message": "Unknown parameter: 'moderation'."}, "bad_request"),
    "filterfield": hopeless(400, {"message": "content_filter must be a boolean"}, "bad_request"),
    "guidelines": hopeless(403, {"message": "Content violates usage guidelines."}, "content_filter"),
    "inspected": hopeless(400, {"message": "bad input", "code": "data_inspection_failed"}, "content_filter"),
    "keyof400": hopeless(400, {"message": "API key not valid. Please pass a valid API key."}, "auth"),
    "modelof400": hopeless(400, {"message": "Model Not Exist"}, "not_found"),
    "nomodelid": hopeless(400, {"message": "a/b is not a valid model ID"}, "not_found"),
    "largeof429": hopeless(429, {"message": "Request too large for gpt on tokens per min (TPM)"}, "bad_request"),
    "amonth": hopeless(429, {"message": "a Trial key, which is limited to 1000 API calls / month."}, "quota"),
    "exhausted": hopeless(429, {"message": "Your credits are exhausted"}, "quota"),
    "topup": hopeless(429, {"message": "Insufficient account balance. Please top up."}, "quota"),
    "keytold": told({"error": {"message": "Invalid API Key", "type": "invalid_request_error"}}, "auth"),
    "limitlater": Kind((refused(429, {"message": "key limit exceeded, retry later"}), Scripted(body())), **SECOND),
    "afterepoch": Kind((SLOW, Scripted(body())), **SECOND),
    "loaded": once(body("", "load"), body(), tries=2, cost=2 * 140e-6),
    "anthropic": once(
        body(usage={"input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 90}),
        cost=(10 + 9 + 40) * 1e-6,
    ),
    "moonshot": once(used(cached_tokens=40), cost=(60 + 4 + 40) * 1e-6),
    "flaggedfree": hopeless(403, {"message": "Input was flagged. No credits were charged."}, "content_filter"),
    "costparts": once(used(cost={"request_cost": 0.005, "total_cost": 0.0053}), cost=0.0053, cost_source="billed"),
}

"""An answer in OpenAI's form: one JSON object, or server-sent events; and what the headers say about it."""

import time
from collections.abc import Iterator
from typing import Any

import orjson

from tasks.serve.answer import LiveAnswer

_PIECE = 48  # characters of a streamed piece


def completion(answer: LiveAnswer, model: str) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish_reason}
    return _frame(answer, model, "chat.completion") | {"choices": [choice], "usage": usage(answer)}


def events(answer: LiveAnswer, model: str, include_usage: bool) -> Iterator[bytes]:
    """The same as server-sent events: role, text in pieces, reason of the end, usage where wanted, `[DONE]`."""
    frame = _frame(answer, model, "chat.completion.chunk") | ({"usage": None} if include_usage else {})
    pieces = [{"content": answer.text[at : at + _PIECE]} for at in range(0, len(answer.text), _PIECE)]
    for delta in [{"role": "assistant", "content": ""}, *pieces]:
        yield _event(frame | {"choices": [_choice(delta, None)]})
    yield _event(frame | {"choices": [_choice({}, answer.finish_reason)]})
    if include_usage:
        yield _event(frame | {"choices": [], "usage": usage(answer)})
    yield b"data: [DONE]\n\n"


def usage(answer: LiveAnswer) -> dict[str, Any]:
    """Tokens of all calls together, and what they cost in US dollars; null where that is not known."""
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        "cost": answer.cost_usd,
    }


def headers(answer: LiveAnswer) -> dict[str, str]:
    """`x-concertino-*`: how the answer was made and what to label it by; unknown values are left out."""
    known = {
        "run": answer.run_id,
        "preset": answer.preset,
        "models": ",".join(answer.models),
        "predicted": _predicted(answer),
        "candidates": len(answer.candidates),
        "probability": None if answer.probability is None else f"{answer.probability:.4f}",
        "cost-usd": None if answer.cost_usd is None else f"{answer.cost_usd:.8f}",
        "calls": answer.n_call,
        "calls-saved": answer.n_saved,
        "collaboration": answer.collaboration_id,
        "notes": "; ".join(answer.notes) or None,
    }
    return {f"x-concertino-{name}": _safe(str(value)) for name, value in known.items() if value is not None}


def _predicted(answer: LiveAnswer) -> str | None:
    """What a router predicted, `model=score@USD`, best first, `-` where it is unknown; None where none chose."""
    if not answer.by_router:
        return None
    told = ((one.model, one.prior, one.cost_usd) for one in answer.ranking)
    return ",".join(f"{name}={_number(score, 3)}@{_number(cost, 8)}" for name, score, cost in told)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _safe(value: str) -> str:
    """Printable ASCII only: names of models come from a file of the user's and could hold anything."""
    return "".join(sign if " " <= sign <= "~" else "?" for sign in value)[:1000]


def _frame(answer: LiveAnswer, model: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{answer.collaboration_id}", "object": kind, "created": int(time.time()), "model": model}


def _choice(delta: dict[str, str], reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"

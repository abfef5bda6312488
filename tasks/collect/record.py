"""What is asked, what is answered, and the rows of `call` and `response` that remain of it."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tasks.collect.completion import Completion
from warehouse.errors import ProviderError
from warehouse.identity import hash_parts, response_id, text_hash
from warehouse.writer import now

MAYBE_BILLED = {"timeout", "garbage", "unknown"}
"""Kinds of error after which nobody knows what the call cost."""


@dataclass(frozen=True, slots=True)
class Request:
    """One answer wanted.

    Args:
        question_id: of the question.
        model: a `model_name` of the pool.
        messages: role and content each.
        purpose: answer, reference, aggregate or judge.
        sample_index: which of several answers to the same messages, from 0.
        temperature: None: the pool's, else 0.7.
        max_tokens: None: the pool's, else 2048.
        refresh: how often it was asked anew before and with this; each time is a request of its own.
        standing: what `refresh` counts of other answers that this one counts beside or, one higher, instead of; see
            `tasks.collect.standing`.
    """

    question_id: str
    model: str
    messages: Sequence[Mapping[str, str]]
    purpose: str = "answer"
    sample_index: int = 0
    temperature: float | None = None
    max_tokens: int | None = None
    refresh: int = 0
    standing: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said; `cached` when it was known already. Unknown numbers are None, never 0."""

    response_id: str
    question_id: str
    model: str
    text: str
    finish_reason: str | None
    mean_logprob: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None
    cached: bool
    token_source: str | None = None
    cost_source: str | None = None
    latency_s: float | None = None

    @property
    def nothing(self) -> ProviderError | None:
        """Why it is no answer although it was paid for: it is empty, and would be asked again only if one says so."""
        if self.text.strip():
            return None
        kind = "content_filter" if self.finish_reason == "content_filter" else "empty"
        return ProviderError(kind, f"the answer is empty ({self.finish_reason})", retryable=False)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request and its identity.

    Args:
        request: what is wanted.
        key: its request key.
        source: live or replay.
    """

    request: Request
    key: str
    source: str

    def response_id(self, own: str) -> str:
        """Identity of a response by its text's; a live one is another when it was asked for in another way."""
        request = self.request
        if self.source == "live":
            own = hash_parts(self.key, own)
        return response_id(request.question_id, request.model, request.purpose, request.sample_index, own)

    def reuse(self, known: Answer) -> Answer:
        """A known answer with the same request key as the answer to this request."""
        request, own = self.request, self.response_id(text_hash(known.text))
        return replace(known, response_id=own, question_id=request.question_id, model=request.model, cached=True)

    def response_row(self, run_id: str, answer: Answer) -> dict[str, Any]:
        """The row of an answer."""
        request = self.request
        return {
            "response_id": answer.response_id,
            "request_key": self.key,
            "question_id": request.question_id,
            "model": request.model,
            "purpose": request.purpose,
            "sample_index": request.sample_index,
            "refresh": request.refresh or request.standing or None,
            "source": self.source,
            "text": answer.text,
            "finish_reason": answer.finish_reason,
            "mean_logprob": answer.mean_logprob,
            "prompt_tokens": answer.prompt_tokens,
            "completion_tokens": answer.completion_tokens,
            "token_source": answer.token_source,
            "cost_usd": answer.cost_usd,
            "cost_source": answer.cost_source,
            "latency_s": answer.latency_s,
            "text_hash": text_hash(answer.text),
            "run_id": run_id,
            "created_at": now(),
        }

    def unasked_row(self, run_id: str, error_kind: str) -> dict[str, Any]:
        """The row of a request that is not made, for its model was given up."""
        return {
            "run_id": run_id,
            "request_key": self.key,
            "asked_model": self.request.model,
            "purpose": self.request.purpose,
            "error_kind": error_kind,
        }


@dataclass(frozen=True, slots=True)
class Call:
    """An attempt under way; its identity is made once, so that its row may be landed twice without harm.

    `bound_usd` is the most it can cost, None without a price; with `chunk_id` its identifier begins.
    """

    keyed: Keyed
    run_id: str
    attempt: int
    bound_usd: float | None
    chunk_id: str = ""
    unique: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=now)
    started: float = field(default_factory=time.perf_counter)

    def begun(self) -> "Call":
        """The same call, made now."""
        return replace(self, started_at=now(), started=time.perf_counter())

    def row(
        self, done: Completion | None = None, served: str | None = None, failure: ProviderError | None = None
    ) -> dict[str, Any]:
        """The ledger's row: what came back, what went wrong, or both for an empty answer that was billed."""
        request = self.keyed.request
        row = {
            "call_id": f"{self.chunk_id}{self.unique}",
            "request_key": self.keyed.key,
            "run_id": self.run_id,
            "question_id": request.question_id,
            "purpose": request.purpose,
            "asked_model": request.model,
            "attempt": self.attempt,
            "sample_index": request.sample_index,
            "latency_s": self.latency_s(),
            "started_at": self.started_at,
            "served_model": served,
        }
        if done is not None:
            row |= _paid(done) | {
                "cache_read_tokens": done.usage.cache_read_tokens,
                "cache_write_tokens": done.usage.cache_write_tokens,
                "reasoning_tokens": done.usage.reasoning_tokens,
                "note": done.reply.note,
            }
        if failure is not None:
            row |= {"error_kind": failure.kind, "error_message": failure.message}
        if row.get("cost_usd") is None and (failure is None or failure.kind in MAYBE_BILLED):
            row |= {"bound_usd": self.bound_usd}
        return row

    def unknown_row(self) -> dict[str, Any]:
        """The ledger's row if nobody will ever know what became of the call."""
        failure = ProviderError("unknown", "its process ended while it was under way", retryable=True)
        return self.row(failure=failure) | {"latency_s": None}

    def lost_row(self, done: Completion) -> dict[str, Any]:
        """The ledger's row if nobody ever sees the answer that came back."""
        return self.row(done, failure=ProviderError("unknown", "its host was lost with the answer", retryable=True))

    def answer(self, done: Completion) -> Answer:
        """The answer of a call that came back, be its text empty."""
        return Answer(
            response_id=self.keyed.response_id(text_hash(done.reply.text)),
            question_id=self.keyed.request.question_id,
            model=self.keyed.request.model,
            text=done.reply.text,
            finish_reason=done.reply.finish_reason,
            mean_logprob=done.reply.mean_logprob,
            cached=False,
            latency_s=self.latency_s(),
            **_paid(done),
        )

    def latency_s(self) -> float:
        """Seconds since the attempt began."""
        return time.perf_counter() - self.started


def _paid(done: Completion) -> dict[str, Any]:
    return {
        "prompt_tokens": done.usage.prompt_tokens,
        "completion_tokens": done.usage.completion_tokens,
        "token_source": done.usage.source,
        "cost_usd": done.cost_usd,
        "cost_source": done.cost_source,
    }

"""A real OpenAI-compatible server on this machine: logprobs, no streaming, faults on demand."""

import asyncio
import socket
import sys
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.faulty_openai import Scripted

_STATUS = {"400": 400, "401": 401, "404": 404, "429": 429, "500": 500, "503": 503}


def _repeated(body: dict[str, Any]) -> str:
    return f"I read: {body['messages'][-1]['content'][:60]}\nAnswer: 42"


@dataclass
class LocalOpenAI:
    """What the server does next and what it has seen.

    Args:
        faults: model → faults of its next requests: an HTTP status, `timeout`, `slow`, `html`, `empty`, `no_usage`,
            `other_model`, or `ok`; afterwards it answers.
        latency_s: before every answer.
        scripts: model → its replies, one after the other; the last one is repeated.
        offers: names at GET /v1/models.
        says: what it answers to a request's body; by default it repeats the question.
        held: while set, requests wait.
        together: requests wait until so many were there at once.
    """

    faults: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    latency_s: float = 0.0
    scripts: Mapping[str, Sequence[Scripted]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    offers: list[str] = field(default_factory=list)
    says: Callable[[dict[str, Any]], str] = _repeated
    held: bool = False
    together: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    answered: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0
    api_base: str = ""

    def reset(self) -> None:
        """Forget what was seen and what was to fail."""
        fresh = LocalOpenAI(api_base=self.api_base)
        self.__dict__.update(fresh.__dict__)

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        self.keys.add(request.headers.get("authorization", ""))
        return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in self.offers]})

    async def complete(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        body = await request.json()
        self.bodies.append(body)
        self.keys.add(request.headers.get("authorization", ""))
        self.asked[body["model"]] += 1
        if script := self.scripts.get(body["model"]):
            reply = script[min(self.asked[body["model"]], len(script)) - 1]
            return Response(reply.raw(), reply.status, reply.headers, "application/json")
        waiting = self.faults[body["model"]]
        fault = waiting.popleft() if waiting else "ok"
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep({"timeout": 30.0, "slow": 6.0}.get(fault, self.latency_s))
            while self.held or self.most_in_flight < self.together:
                await asyncio.sleep(0.01)
        finally:
            self.in_flight -= 1
        if fault in _STATUS:
            words = f"fault {fault}, you sent {request.headers.get('authorization')}"
            error = {"error": {"message": words, "type": "fault", "code": fault}}
            return JSONResponse(error, _STATUS[fault], {"retry-after": "0.02"} if fault == "429" else {})
        if fault == "html":
            return PlainTextResponse("<html>upstream proxy says hello</html>", media_type="text/html")
        return JSONResponse(self._answer(body, fault))

    def _answer(self, body: dict[str, Any], fault: str) -> dict[str, Any]:
        text = "" if fault == "empty" else self.says(body)
        if fault != "empty":
            self.answered[body["messages"][-1]["content"]] += 1
        words = text.split()
        logprobs = {"content": [{"token": word, "logprob": -0.25, "bytes": None, "top_logprobs": []} for word in words]}
        answer: dict[str, Any] = {
            "id": f"chatcmpl-{len(self.bodies)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": "another-model" if fault == "other_model" else body["model"],
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": text},
                    "logprobs": logprobs if body.get("logprobs") else None,
                }
            ],
        }
        if fault != "no_usage":
            prompt = sum(len(message["content"].split()) for message in body["messages"])
            answer["usage"] = {
                "prompt_tokens": prompt,
                "completion_tokens": len(words),
                "total_tokens": prompt + len(words),
            }
        return answer


@contextmanager
def local_openai() -> Iterator[LocalOpenAI]:
    """The server in a thread, on a free port of the loopback interface."""
    state = LocalOpenAI()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        state.api_base = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        server = _server(state)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield state
        finally:
            server.should_exit = server.force_exit = True
            thread.join(timeout=10)


def _server(state: LocalOpenAI, port: int = 0) -> uvicorn.Server:
    chat = Route("/v1/chat/completions", state.complete, methods=["POST"])
    app = Starlette(routes=[chat, Route("/v1/models", state.models)])
    return uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="critical", access_log=False, timeout_keep_alive=600)
    )


if __name__ == "__main__":
    _server(LocalOpenAI(latency_s=float(sys.argv[2]) if len(sys.argv) > 2 else 0.0), int(sys.argv[1])).run()

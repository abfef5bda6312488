"""The OpenAI-compatible ASGI app: chat completions, models, health and readiness."""

import asyncio
import contextlib
import hmac
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from profiles.load import names
from tasks.serve.answer import LiveAnswer, Unanswered
from tasks.serve.chat import PREFIX, Chat, Refused, read_chat, read_model
from tasks.serve.session import Session
from tasks.serve.wire import completion, events, headers
from warehouse.errors import BudgetExceeded, ConcertinoError, UserError
from warehouse.writer import load_landing

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LOAD_EVERY_S = 60.0
_LOOK_EVERY_S = 1.0
_BROKEN = "the question could not be answered; the server's log says why"
_log = logging.getLogger("concertino")


@dataclass(frozen=True)
class Limits:
    """What one request, and all of them together, may take.

    Args:
        max_cost_usd: of one request.
        deadline_s: of one request.
        requests: answered at the same time.
        body_bytes: of a request.
        head_s: until the head of a request is there.
        body_s: until its body is there.
    """

    max_cost_usd: float = 1.0
    deadline_s: float = 120.0
    requests: int = 8
    body_bytes: int = 1 << 20
    head_s: float = 10.0
    body_s: float = 30.0


class Api:
    """The app's state and routes.

    Args:
        open_session: loads what is needed; called once, in a thread.
        limits: of requests.
        keys: any of them opens the chat and model routes; none: only callers on this machine are answered.
        failed: called when loading failed.
    """

    def __init__(
        self, open_session: Callable[[], Session], limits: Limits, keys: tuple[str, ...], failed: Callable[[], None]
    ) -> None:
        self._open = open_session
        self._limits = limits
        self._keys = keys
        self._failed = failed
        self._session: Session | None = None
        self._running = 0
        self.closing = False
        self.failure: Exception | None = None

    def app(self) -> Any:
        """The ASGI application."""
        from starlette.applications import Starlette
        from starlette.routing import Route

        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/v1/models/{model:path}", self._model),
                Route("/health", self._health),
                Route("/ready", self._ready),
            ],
            exception_handlers={
                Refused: self._refused,
                404: self._nothing,
                405: self._nothing,
                Exception: self._broken,
            },
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Any) -> AsyncIterator[None]:
        loading = asyncio.create_task(self._load())
        loader = asyncio.create_task(_load_now_and_then())
        yield
        self.closing = True
        loader.cancel()
        await loading
        if self._session is not None:
            await self._session.close()

    @property
    def idle(self) -> bool:
        """Whether no answer is being made."""
        return self._running == 0

    async def _load(self) -> None:
        try:
            self._session = await asyncio.to_thread(self._open)
        except Exception as error:  # told by the command that started the server
            self.failure = error
            self._failed()

    async def _health(self, _: Any) -> Any:
        return _json({"status": "ok"})

    async def _ready(self, _: Any) -> Any:
        ready = self._session is not None and not self.closing
        status = "ready" if ready else "shutting down" if self.closing else "loading"
        return _json({"status": status}, 200 if ready else 503)

    async def _models(self, request: Any) -> Any:
        self._check(request)
        return _json({"object": "list", "data": [_listed(name) for name in names("presets")]})

    async def _model(self, request: Any) -> Any:
        self._check(request)
        return _json(_listed(read_model(request.path_params["model"])))

    async def _chat(self, request: Any) -> Any:
        from starlette.responses import StreamingResponse

        self._check(request)
        chat = read_chat(await self._body(request), self._limits.max_cost_usd, self._limits.deadline_s)
        answer = await self._answer_unless_left(chat, request)
        if chat.stream:
            pieces = events(answer, chat.model, chat.include_usage)
            return StreamingResponse(pieces, media_type="text/event-stream", headers=headers(answer))
        return _json(completion(answer, chat.model), headers=headers(answer))

    async def _answer_unless_left(self, chat: Chat, request: Any) -> LiveAnswer:
        """The answer; when the asker hangs up nothing more is asked of the models."""
        task = asyncio.create_task(self._answer(chat))
        while not (await asyncio.wait([task], timeout=_LOOK_EVERY_S))[0]:
            if await request.is_disconnected():
                task.cancel()
                break
        try:
            return await task
        except asyncio.CancelledError:
            raise _left() from None

    async def _answer(self, chat: Chat) -> LiveAnswer:
        session = self._session
        if session is None or self.closing:
            raise _busy(503, "not ready yet" if not self.closing else "shutting down")
        if self._running >= self._limits.requests:
            raise _busy(429, f"{self._limits.requests} requests are being answered; try again in a moment")
        self._running += 1
        try:
            return await session.answer(chat.asked)
        except BudgetExceeded as error:
            raise Refused(402, str(error), kind="insufficient_quota", code="budget_exceeded") from error
        except Unanswered as error:
            raise Refused(503 if error.late else 502, str(error), kind="server_error", code="unanswered") from error
        except ConcertinoError as error:
            _log.error("a question failed: %s", error)
            raise Refused(500, _BROKEN, kind="server_error") from error
        finally:
            self._running -= 1

    def _check(self, request: Any) -> None:
        """Who may ask. Without keys, a page in a browser on this machine must not get through by another name."""
        if not self._keys:
            if _host(request) not in LOOPBACK:
                raise Refused(403, "without CONCERTINO_API_KEY only this machine is answered", code="forbidden")
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        matches = [hmac.compare_digest(given.strip().encode(), key.encode()) for key in self._keys]
        if scheme.lower() != "bearer" or not any(matches):
            raise Refused(401, "wrong API key", code="invalid_api_key", headers={"www-authenticate": "Bearer"})

    async def _body(self, request: Any) -> Any:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "the content type has to be application/json")
        from starlette.requests import ClientDisconnect

        raw = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_s):
                async for chunk in request.stream():
                    raw += chunk
                    if len(raw) > self._limits.body_bytes:
                        raise Refused(413, f"a request may have at most {self._limits.body_bytes} bytes")
        except TimeoutError:
            raise Refused(408, f"the body has to be there within {self._limits.body_s:g} s") from None
        except ClientDisconnect:
            raise _left() from None
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise Refused(400, "the body is not JSON") from error

    async def _refused(self, _: Any, error: Any) -> Any:
        return _json(error.body(), error.status, error.headers)

    async def _broken(self, _: Any, error: Any) -> Any:
        return _json(Refused(500, _BROKEN, kind="server_error").body(), 500)

    async def _nothing(self, _: Any, error: Any) -> Any:
        return _json(Refused(error.status_code, error.detail).body(), error.status_code)


def keys_of(value: str | None) -> tuple[str, ...]:
    """API keys from a comma-separated setting."""
    return tuple(key for part in (value or "").split(",") if (key := part.strip()))


def refuse_open(host: str, keys: tuple[str, ...]) -> None:
    """Check that nobody else reaches a server without keys.

    Raises:
        UserError: the host is not of this machine alone.
    """
    if not keys and host not in LOOPBACK:
        raise UserError(f"serving on {host} needs a key: set CONCERTINO_API_KEY, or serve on 127.0.0.1")


def _left() -> Refused:
    return Refused(499, "the asker has left")


def _host(request: Any) -> str | None:
    try:
        return str(request.url.hostname)
    except ValueError:  # no name of any host
        return None


async def _load_now_and_then() -> None:
    """Move what was landed into the warehouse, so that files do not pile up; when somebody holds it, the next time."""
    while True:
        await asyncio.sleep(_LOAD_EVERY_S)
        try:
            await asyncio.to_thread(load_landing)
        except Exception as error:  # whatever it is, the next time may be better
            _log.warning("%s", error)


def _listed(preset: str) -> dict[str, Any]:
    return {"id": PREFIX + preset, "object": "model", "created": 0, "owned_by": "concertino"}


def _busy(status: int, message: str) -> Refused:
    kind = "rate_limit_error" if status == 429 else "server_error"
    return Refused(status, message, kind=kind, code="busy", headers={"retry-after": "1"})


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    from starlette.responses import Response

    return Response(orjson.dumps(value), status, headers, media_type="application/json")

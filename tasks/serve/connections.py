"""Connections of `concertino serve`: nobody holds one for long without asking something."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_WAITING = 200


class Connection(H11Protocol):
    """An HTTP connection that is closed when no whole head of a request arrives in time.

    Of too many that wait at once, the one that waits longest goes: half-open connections shut nobody out.

    Args:
        head_s: seconds for a head, counted from the connection's start or from the last answer.
        given: what uvicorn gives.
    """

    _waiting: dict["Connection", asyncio.TimerHandle] = {}  # noqa: RUF012  (of all connections together)

    def __init__(self, *, head_s: float, **given: Any) -> None:
        super().__init__(**given)
        self._head_s = head_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to wait."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._settle()

    def data_received(self, data: bytes) -> None:
        """Wait no longer once a head is whole."""
        super().data_received(data)
        self._settle()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        super().connection_lost(exc)
        self._stop_waiting()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, in the head or in the middle of a body, which then has no other answer."""
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:  # the answer has begun
            self.transport.close()
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _settle(self) -> None:
        if self.transport.is_closing() or (self.cycle is not None and not self.cycle.response_complete):
            self._stop_waiting()
        elif self not in self._waiting:
            self._waiting[self] = self.loop.call_later(self._head_s, self.transport.close)
            if len(self._waiting) > MOST_WAITING:
                oldest = next(iter(self._waiting))
                oldest._stop_waiting()
                oldest.transport.close()

    def _stop_waiting(self) -> None:
        if timer := self._waiting.pop(self, None):
            timer.cancel()

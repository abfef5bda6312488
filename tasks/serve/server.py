"""The app on a socket: uvicorn, and an end that finishes what was begun."""

import math
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from tasks.serve.api import Api, Limits
from tasks.serve.session import Session
from warehouse.errors import UserError

_PATIENCE_S = 5  # beyond the deadline, for requests that are being answered when the end comes


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        UserError: the address is taken or not of this machine.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UserError(f"cannot serve on {host}:{port}: {error.strerror}; choose another --host or --port") from error


def configured(api: Api, limits: Limits) -> Any:
    """The uvicorn configuration of an app; h11, because it bounds the size of a head."""
    import uvicorn

    from tasks.serve.connections import Connection

    http: Any = partial(Connection, head_s=limits.head_s)
    return uvicorn.Config(
        api.app(),
        http=http,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=int(limits.deadline_s) + _PATIENCE_S,
    )


def run_server(
    listener: socket.socket, open_session: Callable[[], Session], limits: Limits, keys: tuple[str, ...]
) -> None:
    """Serve until SIGTERM or SIGINT; requests that are being answered then are finished, new ones refused with 503.

    Args:
        listener: of `bind`.
        open_session: loads what is needed, while the health route answers already.
        limits: of requests.
        keys: any of them opens the routes that cost something.

    Raises:
        ConcertinoError: nothing could be loaded.
    """
    import uvicorn

    class Server(uvicorn.Server):
        patience_ends = math.inf

        def handle_exit(self, sig: int, frame: Any) -> None:
            self.patience_ends = min(self.patience_ends, time.monotonic() + limits.deadline_s + _PATIENCE_S)
            api.closing = True
            self.force_exit = self.should_exit and sig == signal.SIGINT
            self.should_exit = True

        async def on_tick(self, counter: int) -> bool:
            """Whether to stop listening: not while answers are being made, so that /ready can say why it is not."""
            ends = await super().on_tick(counter)
            return ends and (self.force_exit or api.idle or time.monotonic() > self.patience_ends)

    def stop() -> None:
        server.should_exit = True

    api = Api(open_session, limits, keys, failed=stop)
    server = Server(configured(api, limits))
    server.run(sockets=[listener])
    if api.failure is not None:
        raise api.failure

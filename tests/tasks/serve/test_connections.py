"""Connections that are half open, slow, cut off or no HTTP at all: each ends by itself and keeps nobody out."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tasks.serve.api import Limits
from tests.live_world import KEY, make_world, served, synthetic_pool


@pytest.fixture(scope="module")
def hasty(module_home: Path) -> Iterator[str]:
    """A server that gives nobody time, but for what a busy machine needs."""
    make_world(module_home, synthetic_pool())
    with served(Limits(head_s=4, body_s=2)) as (_, url):
        yield url


def _raw(url: str, sent: bytes, *, seconds: float = 20.0) -> bytes:
    """What a server says to these bytes until it closes, or for so many seconds."""
    with _opened(url, seconds) as sock:
        sock.sendall(sent)
        said = b""
        with contextlib.suppress(OSError):
            while piece := sock.recv(65536):
                said += piece
        return said


def _opened(url: str, seconds: float = 20.0) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=seconds)


def test_half_open_connections_are_closed_and_shut_nobody_out(hasty: str) -> None:
    half = [_opened(hasty) for _ in range(300)]
    for at, sock in enumerate(half):
        sock.sendall((b"", b"GET /hea", b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n")[at % 3])
    assert httpx.get(f"{hasty}/health", timeout=30).status_code == 200
    for sock in half:
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(1) == b""  # closed by the server, or this times out
        sock.close()


def test_a_head_that_dribbles_in_is_not_waited_for(hasty: str) -> None:
    with _opened(hasty) as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 200")
        closed = False
        for _ in range(600):
            try:
                sock.sendall(b"G")
            except OSError:
                closed = True
                break
            time.sleep(0.05)
        assert closed


def test_a_slow_body_is_refused(hasty: str) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode()
    head += b"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    assert _raw(hasty, head + b"{").startswith(b"HTTP/1.1 408")


def test_an_asker_that_leaves_in_the_middle_of_a_body_is_no_failure(
    hasty: str, caplog: pytest.LogCaptureFixture
) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode()
    for _ in range(5):
        with _opened(hasty) as sock:
            sock.sendall(head + b"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    assert httpx.get(f"{hasty}/health", timeout=30).status_code == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /v1/models HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n",
        b"GET /v1/models/%ff%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\nA: b\r\n\r\n" + b"\x00" * 100,
    ],
)
def test_what_is_no_request_gets_a_clean_answer(hasty: str, sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    said = _raw(hasty, sent)
    assert said == b"" or said.split()[1][:1] in (b"4", b"2"), said
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []

"""Real servers of other projects, each in a process of its own on a free port: Chroma's, and moto's of S3."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx


@contextmanager
def chroma_server(folder: Path) -> Iterator[str]:
    """`chroma run` on a folder; its address."""
    port = free_port()
    with _running("chroma", "run", "--path", folder, "--host", "127.0.0.1", "--port", port) as server:
        yield _answering(f"http://127.0.0.1:{port}", "/api/v2/heartbeat", server)


@contextmanager
def s3_server() -> Iterator[str]:
    """`moto_server`, which keeps its buckets in memory; its address."""
    port = free_port()
    with _running("moto_server", "-H", "127.0.0.1", "-p", port) as server:
        yield _answering(f"http://127.0.0.1:{port}", "/moto-api/", server)


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _running(name: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    command = [Path(sys.executable).with_name(name), *map(str, arguments)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(30)


def _answering(url: str, path: str, server: subprocess.Popen[bytes]) -> str:
    """The address, once it answers."""
    deadline = time.monotonic() + 120
    while True:
        try:
            httpx.get(f"{url}{path}", timeout=5).raise_for_status()
            return url
        except httpx.HTTPError:
            assert server.poll() is None, f"the server ended with {server.returncode}"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)

"""Real servers of other projects, each in a process of its own on a free port: Chroma's, moto's of S3, PostgreSQL."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fsspec import filesystem, get_filesystem_class


@contextmanager
def chroma_server(folder: Path) -> Iterator[str]:
    """`chroma run` on a folder; its address."""
    port = free_port()
    with _running("chroma", "run", "--path", folder, "--host", "127.0.0.1", "--port", port) as server:
        yield _answering(f"http://127.0.0.1:{port}", "/api/v2/heartbeat", server)


@contextmanager
def s3_bucket() -> Iterator[str]:
    """A bucket of `moto_server`, which keeps it in memory; its URL, for a process with the environment of this one."""
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install -e '.[storage]'")
    pytest.importorskip("moto", reason="moto is not installed: pip install -e '.[test]'")
    port = free_port()
    with _running("moto_server", "-H", "127.0.0.1", "-p", port) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", _answering(f"http://127.0.0.1:{port}", "/moto-api/", server))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "made-up")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        get_filesystem_class("s3").clear_instance_cache()  # it remembers former servers
        filesystem("s3").mkdir(f"kept-{port}")
        yield f"s3://kept-{port}"


@contextmanager
def postgres(password: str) -> Iterator[str]:
    """A database of user `prefect`, gone at the end; its address without the password."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    port, user = free_port(), "postgres" if os.geteuid() == 0 else None  # it refuses to be root's
    with tempfile.TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, user)
        (secret := Path(folder, "password")).write_text(password)
        secret.chmod(0o644)
        made = [found[-1], "-D", f"{folder}/data", "-U", "prefect", "-A", "scram-sha-256", "-N", f"--pwfile={secret}"]
        subprocess.run(made, user=user, cwd=folder, stdout=subprocess.DEVNULL, check=True)
        serve = [found[-1].with_name("postgres"), "-D", f"{folder}/data", "-k", folder, "-p", port]
        serve += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        server = subprocess.Popen([*map(str, serve)], user=user, cwd=folder, stderr=subprocess.DEVNULL)
        try:
            _wait(lambda: socket.create_connection(("127.0.0.1", port), 1).close(), OSError, server)
            yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once
            server.wait(30)


@contextmanager
def dropping(url: str, mark: bytes) -> Iterator[str]:
    """The address of a proxy that passes what it gets to a server, until it gets `mark`: then it drops all it takes."""
    server, dropped = urlsplit(url), threading.Event()

    def passed(source: socket.socket, target: socket.socket) -> None:
        with source, target, suppress(OSError):
            while (some := source.recv(2**16)) and not dropped.is_set():
                if mark in some:
                    dropped.set()
                    break
                target.sendall(some)

    def accepted() -> None:
        with suppress(OSError):  # closed
            while True:
                taken, _ = listener.accept()
                if dropped.is_set():
                    taken.close()
                    continue
                there = socket.create_connection((server.hostname, server.port))
                for pair in ((taken, there), (there, taken)):
                    threading.Thread(target=passed, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accepted, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


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
    _wait(lambda: httpx.get(f"{url}{path}", timeout=5).raise_for_status(), httpx.HTTPError, server)
    return url


def _wait(attempt: Callable[[], object], refused: type[Exception], server: subprocess.Popen[bytes]) -> None:
    """Until an attempt succeeds."""
    deadline = time.monotonic() + 120
    while True:
        try:
            attempt()
            return
        except refused:
            assert server.poll() is None, f"the server ended with {server.returncode}"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)

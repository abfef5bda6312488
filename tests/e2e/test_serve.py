"""`concertino serve` as a process: ready, asked, stopped by a signal in the middle of an answer."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import openai
import pytest

from tests.live_world import http_pool, make_world, rows_of, wait_ready
from tests.local_openai import LocalOpenAI, local_openai

pytestmark = pytest.mark.e2e
QUESTION = [{"role": "user", "content": "What is q7?"}]


@pytest.fixture
def server() -> Iterator[LocalOpenAI]:
    with local_openai() as running:
        yield running


def test_a_signal_lets_the_running_answer_finish(home: Path, server: LocalOpenAI) -> None:
    make_world(home, http_pool(server.api_base))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "flows",
        "serve",
        "--profile",
        "small",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, env={**os.environ, "CONCERTINO_API_KEY": ""}, stderr=subprocess.PIPE, text=True)
    try:
        wait_ready(f"http://127.0.0.1:{port}")
        client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="any", max_retries=0)
        server.held = True
        with ThreadPoolExecutor(1) as threads:
            answer = threads.submit(client.chat.completions.create, model="concertino/choosing", messages=QUESTION)
            while not server.bodies:
                assert not answer.done(), answer.exception()
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            while httpx.get(f"http://127.0.0.1:{port}/ready").status_code != 503:
                time.sleep(0.01)
            with pytest.raises(openai.InternalServerError, match="shutting down"):
                client.chat.completions.create(model="concertino/choosing", messages=QUESTION)
            server.held = False
            assert answer.result(timeout=60).choices[0].message.content.endswith("Answer: 42")
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        told = process.communicate()[1]
    assert f"http://127.0.0.1:{port}/v1" in told
    assert "Traceback" not in told
    assert rows_of("select flow, status from run where run_id <> 'made'") == [{"flow": "serve", "status": "completed"}]
    assert len(rows_of("select * from call where error_kind is null")) == 3
    assert len(rows_of("select * from collaboration")) == 1

"""Requests per second of the collect client at concurrency 64, against bare httpx in the same run.

    python benchmarks/collect.py [REQUESTS] [SERVER_LATENCY_S]

The loopback server runs in a process of its own. Three roads: bare httpx (no retries, ledger, cost or cache), our
client over HTTP, and our client with simulated models, which take the same road through LiteLLM without HTTP.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import flows.environment  # noqa: F401  (before litellm is imported)
from profiles.schema import Pool

CONCURRENCY = 64


def pool(model: str, **parameters: Any) -> Pool:
    entry = {
        "model_name": "m",
        "litellm_params": {"model": model, **parameters},
        "model_info": {"logprobs": True, "input_cost_per_token": 0, "output_cost_per_token": 0},
    }
    return Pool.model_validate({"name": "benchmark", "model_list": [entry]})


async def bare(n: int, url: str) -> None:
    import httpx

    limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
    places = asyncio.Semaphore(CONCURRENCY)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:

        async def one(i: int) -> None:
            body = {"model": "m", "messages": [{"role": "user", "content": f"question {i}"}], "logprobs": True}
            async with places:
                (await client.post(f"{url}/chat/completions", json=body)).json()

        await asyncio.gather(*map(one, range(n)))


async def ours(n: int, models: Pool) -> None:
    from tasks.collect.client import Client
    from tasks.collect.record import Request

    async with Client(models, "benchmark", 1.0, CONCURRENCY) as client:
        wanted = [Request(f"q{i}", "m", [{"role": "user", "content": f"question {i}"}]) for i in range(n)]
        await client.ask_all(wanted)
        assert client.tally.answered == n, client.tally


def measured(name: str, n: int, run: Callable[[int], Awaitable[None]]) -> float:
    asyncio.run(run(CONCURRENCY))  # type: ignore[arg-type]  # imports and connections are not what is measured
    started, cpu = time.perf_counter(), time.process_time()
    asyncio.run(run(n))  # type: ignore[arg-type]
    seconds = time.perf_counter() - started
    per_second = n / seconds
    print(f"{name:<32} {per_second:8.0f} requests/s   {(time.process_time() - cpu) / n * 1e3:6.2f} CPU ms/request")
    return per_second


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    latency = sys.argv[2] if len(sys.argv) > 2 else "0"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = Path(__file__).parents[1] / "tests" / "local_openai.py"
    server = subprocess.Popen([sys.executable, str(script), str(port), latency])
    url = f"http://127.0.0.1:{port}/v1"
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.1)
        print(f"{n} requests, {CONCURRENCY} in flight, server latency {latency} s")
        httpx_rate = measured("bare httpx", n, lambda k: bare(k, url))
        http = pool("openai/m", api_base=url, api_key="none")
        ours_rate = measured("collect client over HTTP", n, lambda k: ours(k, http))
        measured("collect client, simulated model", n, lambda k: ours(k, pool("synthetic/m")))
        print(f"collect client / bare httpx: {ours_rate / httpx_rate:.2f}")
    finally:
        server.terminate()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="concertino-benchmark-") as home:
        os.environ["CONCERTINO_HOME"] = home
        main()

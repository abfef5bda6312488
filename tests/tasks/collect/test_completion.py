import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from profiles.schema import Pool, PoolModel
from tasks.collect.completion import served_model

FIRST_CALL = """
import asyncio, sys
from profiles.schema import Pool
from tasks.collect.client import Client
from tasks.collect.record import Request
from warehouse.connect import read
from warehouse.writer import load_landing, now

class Watch:
    at = []
    def find_spec(self, name, path=None, target=None):
        self.at += [now()] if name.startswith("openai.resources") else []

async def ask(pool):
    async with Client(pool, "r", 1.0, concurrency=1) as client:
        await client.ask(Request("q", "m", [{"role": "user", "content": "What is 2?"}]))

sys.meta_path.insert(0, Watch())
asyncio.run(ask(Pool.model_validate_json(sys.argv[1])))
load_landing()
began = read("select started_at from call").item()
print(sum(at < began for at in Watch.at), sum(at > began for at in Watch.at))
"""


def test_a_first_calls_latency_does_not_count_how_the_client_is_loaded(http_pool: Callable[..., Pool]) -> None:
    command = [sys.executable, "-c", FIRST_CALL, http_pool("m").model_dump_json()]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    before, within = map(int, done.stdout.split())
    assert before > 0 == within


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        ("gpt-4o-mini", "mini"),
        ("GPT-4o-mini", "mini"),
        ("openai/gpt-4o-mini", "mini"),
        ("gpt-4o-mini-2024-07-18", "mini"),
        ("gpt-4o-mini-0125", "mini"),
        ("gpt-4o-mini-latest", "mini"),
        ("gpt-4o-mini-preview-05-20", "mini"),
        ("gpt-4o-mini-20241022-v2:0", "mini"),
        ("gpt-4o-mini-08-2024", "mini"),
        ("/models/gpt-4o-mini.Q4_K_M.gguf", "mini"),
        ("gpt-4o-mini-preview", "gpt-4o-mini-preview"),
        ("gpt-4o-mini-preview-audio", "gpt-4o-mini-preview-audio"),
        ("gpt-4o-mini-instruct.gguf", "gpt-4o-mini-instruct.gguf"),
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o-mini-audio", "gpt-4o-mini-audio"),
        (None, None),
        ("", None),
    ],
)
def test_served_as_asked_or_named(served: str | None, expected: str | None) -> None:
    model = PoolModel.model_validate({"model_name": "mini", "litellm_params": {"model": "openai/gpt-4o-mini"}})
    assert served_model(model, served) == expected


@pytest.mark.parametrize(
    ("asked", "served", "expected"),
    [
        ("openai/gpt-5-latest", "gpt-5-2025-08-07", "asked"),
        ("openrouter/qwen/qwen3-8b:free", "qwen/qwen3-8b", "asked"),
        ("openai/llama3:70b", "llama3", "llama3"),
    ],
)
def test_the_newest_version_and_a_route_are_no_other_model(asked: str, served: str, expected: str) -> None:
    model = PoolModel.model_validate({"model_name": "asked", "litellm_params": {"model": asked}})
    assert served_model(model, served) == expected


def test_what_a_deployment_serves_is_what_was_asked() -> None:
    named = {"model_name": "mini", "litellm_params": {"model": "azure/ours-eu"}}
    model = PoolModel.model_validate(named | {"model_info": {"base_model": "azure/gpt-4o-mini"}})
    assert served_model(model, "gpt-4o-mini-2024-07-18") == served_model(model, "ours-eu") == "mini"

"""Ask models through the client, and what the warehouse then holds."""

import asyncio

import polars as pl

from profiles.schema import Pool
from tasks.collect.client import Client
from tasks.collect.record import Answer, Request
from warehouse.connect import read
from warehouse.errors import ProviderError
from warehouse.writer import load_landing


def requests(*models: str, n: int = 1, **more: object) -> list[Request]:
    return [
        Request(f"q{i}", model, [{"role": "user", "content": f"question {i}"}], **more)  # type: ignore[arg-type]
        for i in range(n)
        for model in models
    ]


def ask(pool: Pool, wanted: list[Request], budget: float = 1.0, **more: object) -> list[Answer | ProviderError]:
    async def run() -> list[Answer | ProviderError]:
        async with Client(pool, "run", budget, **more) as client:  # type: ignore[arg-type]
            return await client.ask_all(wanted)

    return asyncio.run(run())


def table(name: str) -> pl.DataFrame:
    load_landing()
    order = {"call": "started_at, attempt", "response": "created_at"}[name]
    return read(f"select * from {name} order by {order}")

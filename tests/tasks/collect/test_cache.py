"""What is known of answers while their texts stay in the warehouse."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from profiles.schema import Pool
from tasks.collect import cache
from tasks.collect.cache import load_cache
from tasks.collect.client import Client
from tasks.collect.record import Answer
from tests.asking import ask, requests, table
from tests.fill import MOMENT, fill, questions
from tests.local_openai import LocalOpenAI
from warehouse.identity import text_hash

Ask = Callable[..., pl.DataFrame]
Pools = Callable[..., Pool]


def known_answers(*texts: str) -> None:
    rows = [
        {
            "response_id": f"r{at}",
            "request_key": f"{at:064x}",
            "question_id": "q",
            "model": "m",
            "purpose": "answer",
            "sample_index": at,
            "source": "live",
            "text": text,
            "text_hash": text_hash(text),
            "created_at": MOMENT.replace(second=at),
        }
        for at, text in enumerate(texts)
    ]
    fill(question=questions("q"), response=rows)


@pytest.mark.usefixtures("home")
def test_only_the_newest_texts_are_at_hand_and_all_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "HELD", 2)
    known_answers("a", "b", "c", "d", "e")
    known = load_cache(["d"])
    assert len(known) == 5
    assert [one.text for one in known.held.values()] == ["d", "e"]

    async def texts() -> list[str | None]:
        await known.hold([f"{at:064x}" for at in (0, 1, 9)])
        found = [await known.get(f"{at:064x}") for at in (0, 1, 2, 9)]
        return [one and one.text for one in found]

    assert asyncio.run(texts()) == ["a", "b", "c", None]
    assert len(known.held) < 5


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("held", [0, 9])
def test_answers_of_nothing_but_space_are_asked_again_where_one_says_so(
    held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "HELD", held)
    texts = ["", " \n", "\u3000\x1c\xa0\u2028", "\u200b", "0"]  # a zero-width space is none
    known_answers(*texts)
    assert len(load_cache(["d"])) == 5
    again = load_cache(["d"], retry_empty=True)
    assert [one.response_id for one in again.known.values()] == ["r3", "r4"]
    assert set(again.held) <= set(again.known)


def test_an_answer_whose_text_was_let_go_is_not_paid_again(
    http_pool: Pools, ask_questions: Ask, server: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "HELD", 1)
    keys = ask_questions(6)["question_id"]
    wanted = [replace(one, question_id=key) for one, key in zip(requests("m", n=6), keys, strict=True)]

    async def twice() -> list[object]:
        async with Client(http_pool("m"), "run", 1.0) as client:
            await client.ask_all(wanted)
            client.flush()
            assert len(client._cache.held) <= 2
            return list(await client.ask_all(wanted))

    first = asyncio.run(twice())
    again = ask(http_pool("m"), wanted, cache=load_cache(["synthetic-*"]))
    texts = [[one.text for one in answers if isinstance(one, Answer)] for answers in (first, again)]
    assert texts == [[f"I read: question {at}\nAnswer: 42" for at in range(6)]] * 2
    assert len(server.bodies) == 6
    assert table("call").height == 6

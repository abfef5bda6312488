import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from profiles.schema import Pool
from tasks.collect.client import Client
from tasks.collect.record import Request
from tasks.collect.trouble import trouble, unheard
from tests.fill import MOMENT, fill, questions, response
from tests.local_openai import LocalOpenAI
from warehouse.connect import read, rows
from warehouse.writer import load_landing


def calls(*kinds: str | None, key: str, model: str = "large", served: str | None = None) -> list[dict[str, Any]]:
    """The attempts at one request, by the kind of error each ended with."""
    return [
        {
            "call_id": f"{key}{attempt}",
            "request_key": key,
            "run_id": "r",
            "asked_model": model,
            "attempt": attempt,
            "purpose": "answer",
            "error_kind": kind,
            "served_model": served or model,
            "started_at": MOMENT + timedelta(seconds=attempt),
        }
        for attempt, kind in enumerate(kinds, 1)
    ]


def test_what_failed_for_good_is_counted_by_model_and_last_kind(home: Path) -> None:
    fill(
        question=questions("q1"),
        response=[response("cut", "q1", request_key="f", finish_reason="content_filter")],
        call=[
            *calls("server", None, key="a"),  # the second attempt helped
            *calls("server", "timeout", key="b"),
            *calls("timeout", key="c"),
            *calls("rate_limit", key="d", model="small"),
            *calls(None, key="e", model="small", served="tiny"),
            *calls(None, key="f", model="small"),
            *calls("rate_limit", key="g", model="spent"),
        ],
        unasked=[
            {"run_id": "r", "request_key": key, "asked_model": "spent", "purpose": "answer", "error_kind": "quota"}
            for key in ("g", "h", "i")  # g was made once before
        ],
    )
    assert trouble("r") == (
        "7 of 9 requests got no whole answer "
        "(large: 2 timeout; spent: 2 quota, 1 rate_limit; small: 1 content_filter, 1 rate_limit); "
        "another model than asked answered 1 (small 1)"
    )


def test_what_was_lost_under_way_is_no_trouble_once_another_run_has_the_answer(home: Path) -> None:
    fill(
        question=questions("q1"),
        response=[response("found", "q1", request_key="a", run_id="another")],
        call=[*calls("server", "unknown", key="a"), *calls("unknown", key="b", model="small")],
    )
    assert trouble("r") == "1 of 2 requests got no whole answer (small: 1 unknown)"
    assert unheard("r") == {"small": "none of its requests was answered (1 unknown)"}


def test_a_run_without_trouble_has_nothing_to_say(home: Path) -> None:
    fill(call=calls("server", None, key="a"))
    assert trouble("r") is None
    assert trouble("another") is None


def test_requests_never_made_to_a_model_that_was_given_up_are_counted(
    http_pool: Callable[..., Pool], server: LocalOpenAI
) -> None:
    wanted = [Request(f"q{i}", "m", [{"role": "user", "content": f"What is {i}?"}]) for i in range(10)]

    async def ask() -> str:
        async with Client(http_pool("m"), "r", 1.0, concurrency=1) as client:
            await client.ask_all(wanted)
            return str(client.tally)

    server.faults["m"].append("401")
    told = asyncio.run(ask())
    load_landing()
    assert server.asked["m"] == read("select count(*) from call").item() == 1
    assert trouble("r") == "10 of 10 requests got no whole answer (m: 10 auth)"
    assert told == "0 answered for $0.0000 · 0 known · 10 failed (m: 10 auth) · gave up m (auth)"
    assert rows("run_unanswered", run="r").rows() == [("m", 10)]
    asyncio.run(ask())
    load_landing()
    assert trouble("r") is None
    assert rows("run_unanswered", run="r").is_empty()

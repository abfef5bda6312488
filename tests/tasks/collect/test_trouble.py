from datetime import timedelta
from pathlib import Path
from typing import Any

from tasks.collect.trouble import trouble
from tests.fill import MOMENT, fill, questions, response


def calls(*kinds: str | None, key: str, model: str = "large", served: str | None = None) -> list[dict[str, Any]]:
    """The attempts at one request, by the kind of error each ended with."""
    return [
        {"call_id": f"{key}{attempt}", "request_key": key, "run_id": "r", "asked_model": model, "attempt": attempt,
         "purpose": "answer", "error_kind": kind, "served_model": served or model,
         "started_at": MOMENT + timedelta(seconds=attempt)}
        for attempt, kind in enumerate(kinds, 1)
    ]  # fmt: skip


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
        ],
    )
    assert trouble("r") == (
        "4 of 6 requests got no whole answer (large: 2 timeout; small: 1 content_filter, 1 rate_limit); "
        "another model than asked answered 1 (small 1)"
    )


def test_a_run_without_trouble_has_nothing_to_say(home: Path) -> None:
    fill(call=calls("server", None, key="a"))
    assert trouble("r") is None
    assert trouble("another") is None

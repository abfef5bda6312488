import io
import sys

import pytest
from rich.console import Console

from tasks.collect.progress import Tally
from tasks.progress import counting, showing, steps
from warehouse.errors import ProviderError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_tally_in_one_sentence() -> None:
    tally = Tally(answered=3, cached=2, retried=1, cost_usd=0.5)
    assert str(tally) == "3 answered for $0.5000 · 2 known · 1 retries"
    tally.gave_up("small", ProviderError("timeout", "late", retryable=True))
    tally.gave_up("large", ProviderError("auth", "first", retryable=False))
    tally.gave_up("large", ProviderError("auth", "second", retryable=False))
    tally.paid(None, (10, 5), other_model="a by b")
    assert "3 failed (large: 2 auth; small: 1 timeout)" in str(tally)
    assert "1 of unknown cost" in str(tally)
    assert "1 served by another model than asked (a by b)" in str(tally)
    assert tally.example == {"timeout": "late", "auth": "first"}


def test_a_model_whose_calls_fail_in_a_row_for_minutes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("tasks.collect.progress.time.monotonic", lambda: clock[0])
    down, refused = (
        ProviderError("connection", "no route", retryable=True),
        ProviderError("bad_request", "", retryable=False),
    )
    tally = Tally()

    def fails(n: int, step_s: float, error: ProviderError = down) -> bool:
        for _ in range(n):
            tally.call_failed("m", error)
            clock[0] += step_s
        return "m" in tally.given_up

    assert not fails(500, 0.1), "a server that starts anew"
    tally.booked("m", None)
    assert not fails(19, 60.0), "a few long calls"
    assert not fails(1, 60.0, refused), "it is there"
    assert not fails(19, 60.0)
    assert fails(1, 60.0)
    assert tally.given_up["m"].message == "20 calls in 19 minutes came to nothing, at last: no route"
    tally.call_failed("m", down)
    assert tally.given_up["m"].message.startswith("20 calls"), "once"


def test_a_cost_that_is_not_known_is_not_told_as_none() -> None:
    tally = Tally(answered=3)
    tally.paid(None, (10, 5), other_model=None)
    assert str(tally) == "3 answered at unknown cost · 0 known"
    assert tally.kept() == "stopped after 3 answers (at unknown cost); the same command continues"
    assert tally.so_far() == "at unknown cost"


def test_a_bar_is_shown_in_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, shown in ((io.StringIO(), False), (Terminal(), True)):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr("tasks.progress.err", Console(stderr=True))  # looks at its stream when it is made
        tally = Tally()
        with showing("collect"), steps(2, "asking", tally.so_far) as step:
            step()
            tally.cost_usd = 0.25
            step()
            with counting("copying") as tell:
                tell(7, 7)
        assert bool(stream.getvalue()) == shown
    assert all(words in stream.getvalue() for words in ("collect", "asking", "2/2", "$0.2500", "copying", "7/7"))

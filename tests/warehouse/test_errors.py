"""Errors go from process to process whole, and those of others are told in a line."""

import pickle

import pytest

from warehouse.errors import BudgetExceeded, ConcertinoError, ProviderError, Refused, UnreadFiles, UserError, reason_of


@pytest.mark.parametrize(
    "error",
    [
        UserError("do this"),
        BudgetExceeded("used up"),
        ProviderError("auth", "no such key", retryable=False),
        UnreadFiles("some files", {"a.csv": "it is empty"}),
        Refused("run-1", "no baseline"),
    ],
)
def test_an_error_is_sent_whole(error: ConcertinoError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize(
    ("error", "told"),
    [(OSError("\nno room\nat line 3"), "no room"), (TimeoutError(), "TimeoutError"), (KeyError(" "), "' '")],
)
def test_the_reason_is_the_first_line_or_the_kind(error: Exception, told: str) -> None:
    assert reason_of(error) == told

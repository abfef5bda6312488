import json
import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest.coerce import (
    amounts,
    mean_logprobs,
    measures,
    number_of,
    numbers,
    quantities,
    quantity_of,
    text_of,
    texts,
)

VALUES = [None, 0, 1, -1, 2.5, True, math.nan, math.inf, "3", "0.5", "", "x", "-2"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        ("a", "a"),
        (1, "1"),
        ([1, "b"], '[1,"b"]'),
        ({"k": None}, '{"k":null}'),
        ("\ud800é", "?é"),
        (["\ud800"], '["?"]'),
        ([2**70], "[1180591620717411303424]"),
        (2**70, "1180591620717411303424"),
    ],
)
def test_text_of(value: Any, text: str | None) -> None:
    assert text_of(value) == text


@given(st.recursive(st.none() | st.text() | st.integers(-(2**60), 2**60), lambda inner: st.lists(inner)))
def test_structures_survive_as_json(value: Any) -> None:
    text = text_of(value)
    if isinstance(value, list):
        assert json.loads(text or "") == value
    else:
        assert text == (None if value is None else str(value))


def test_numbers_are_numbers_nothing_is_null_and_the_rest_is_nan() -> None:
    assert number_of(None) is None
    assert [number_of(value) for value in (0, 2.5, "0.5", True)] == [0.0, 2.5, 0.5, 1.0]
    assert all(math.isnan(number_of(value) or 0.0) for value in ("x", [], {}, ""))


@pytest.mark.parametrize(
    "more", [VALUES, ["a", None], ["\ud800"], [1, 2.5, None], [3, None], [2**70], [10**400], [True], []]
)
def test_columns_hold_what_their_values_are_one_by_one(more: list[Any]) -> None:
    assert texts(more).to_list() == [text_of(value) for value in more]
    assert amounts(more).to_list() == [quantity_of(value) for value in more]
    assert list(map(str, measures(more))) == [str(number_of(value)) for value in more]


def test_amounts_are_never_negative_infinite_or_made_up() -> None:
    wanted = [None, 0.0, 1.0, None, 2.5, None, None, None, 3.0, 0.5, None, None, None]
    assert [quantity_of(value) for value in VALUES] == wanted


@pytest.mark.parametrize(
    ("column", "number", "quantity", "rest"),
    [
        (
            ["1", "x", None, "-2", "nan"],
            [1.0, math.nan, None, -2.0, math.nan],
            [1.0, None, None, None, None],
            [None, None, None, -2.0, None],
        ),
        ([True, None], [1.0, None], [None, None], [None, None]),
        ([" TRUE", "0"], [1.0, 0.0], [None, 0.0], [None, 0.0]),
        ([1, None, -3], [1.0, None, -3.0], [1.0, None, None], [None, None, -3.0]),
        ([0.5, math.inf], [0.5, math.inf], [0.5, None], [None, None]),
        ([-9999.0, 1e-6], [-9999.0, 1e-6], [None, 1e-6], [None, 0.0]),
    ],
)
def test_columns_follow_the_same_rules(column: list[Any], number: Any, quantity: Any, rest: Any) -> None:
    frame = pl.DataFrame({"v": column})
    for convert, wanted in ((numbers, number), (quantities, quantity), (mean_logprobs, rest)):
        got = frame.select(convert(pl.col("v")).alias("v"))["v"].to_list()
        assert repr(got) == repr(wanted)

"""What crosses the line between a program and its tests is plain data, and arrives unchanged."""

import itertools
import json
from collections import deque
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.score.sandbox.plain import NotPlain, decode, encode, update

LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.complex_numbers(allow_nan=False)
)
PLAIN = st.recursive(
    LEAF,
    lambda inner: (
        (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(LEAF, inner, max_size=3)
        )
        | st.frozensets(LEAF, max_size=3)
        | st.sets(LEAF, max_size=3)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_plain_data_arrives_unchanged(value: object) -> None:
    arrived = decode(json.loads(json.dumps(encode(value))))
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize("value", [object(), lambda: 0, [object()], {"a": print}])
def test_other_values_do_not_cross(value: object) -> None:
    with pytest.raises(NotPlain):
        encode(value)


@pytest.mark.parametrize(
    "value",
    [
        Fraction(1, 3),
        Decimal("0.10"),
        date(2024, 2, 29),
        datetime(2024, 2, 29, 1, 2, 3, 4),
        time(1, 2),
        timedelta(-1, 5),
        deque([1, (2,)]),
        range(2, 9, 3),
        bytearray(b"ab"),
        int,
        10**6000,
        -(16**5000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_the_library_cross(value: object) -> None:
    arrived = decode(json.loads(json.dumps(encode(value))))
    assert arrived == value
    assert type(arrived) is type(value)


def test_what_is_drawn_from_crosses_as_such() -> None:
    assert list(decode(encode(map(str, [1, 2])))) == ["1", "2"]
    assert decode(encode({"a": 1}.keys())) == {"a"}
    assert list(decode(encode({"a": 1}.values()))) == [1]
    assert decode(encode({"a": 1}.items())) == {("a", 1)}
    with pytest.raises(NotPlain):
        encode(itertools.count())


def test_arguments_change_in_place_and_inside() -> None:
    inner, seen = [3, 1], {"k": {1}}
    row = [inner, 0]
    update((row, seen), decode(encode(([[1, 3], 7], {"k": {1, 2}, "new": None}))))
    assert row == [[1, 3], 7]
    assert row[0] is inner
    assert seen == {"k": {1, 2}, "new": None}

"""What crosses the line between a program and its tests is plain data, and arrives unchanged."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.score.runner import NotPlain, decode, encode, normal_form

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


@pytest.mark.parametrize("value", [object(), lambda: 0, iter([1]), [object()], {"a": print}])
def test_other_values_do_not_cross(value: object) -> None:
    with pytest.raises(NotPlain):
        encode(value)


def test_the_normal_form_keeps_what_a_program_does() -> None:
    assert normal_form("def f():\n    'only this'") == "def f():\n    pass"
    assert normal_form("x = 'text'  # kept") == "x = 'text'"

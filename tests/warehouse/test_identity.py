import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from warehouse.identity import content_hash, hash_json, hash_parts, hash_rows, response_id, text_hash


def test_content_is_the_same_whatever_its_case_spaces_and_unicode_form() -> None:
    assert content_hash("What  is\n x\u00b2?") == content_hash(" what is X2? ")
    assert content_hash("What is x3?") != content_hash("What is x2?")


def test_a_text_is_itself_to_the_last_space() -> None:
    assert text_hash("a") != text_hash("a ")


def test_a_changed_text_is_another_response() -> None:
    assert response_id("q", "m", "answer", 0, text_hash("a")) != response_id("q", "m", "answer", 0, text_hash("b"))


@given(
    st.lists(st.text(alphabet="ab", max_size=3), max_size=4), st.lists(st.text(alphabet="ab", max_size=3), max_size=4)
)
def test_parts_keep_their_borders(some: list[str], others: list[str]) -> None:
    same = some == others or {tuple(some), tuple(others)} == {(), ("",)}
    assert (hash_parts(*some) == hash_parts(*others)) == same


@given(st.dictionaries(st.text(max_size=5), st.integers(-9, 9), max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert hash_json(value) == hash_json(dict(reversed(value.items())))


def test_rows_are_hashed_as_their_parts_are() -> None:
    rows = pl.DataFrame({"model": ["a", "b\u00e9"], "sample": [0, 12]})
    assert hash_rows(rows, pl.lit("k"), "model", "sample").to_list() == [hash_parts("k", *row) for row in rows.rows()]

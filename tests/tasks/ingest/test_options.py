import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest.options import options_of

WORDS = st.text("abcxyz ,;()", min_size=1, max_size=20).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("Which?\nOptions:\nA. one\nB. two", ["one", "two"]),
        ("Which?\nOptions:\n(A) one\n(B) two\n(C) three", ["one", "two", "three"]),
        ("Which?\n  options \nA) one\nmore\nB) A. two", ["one\nmore", "A. two"]),
        ("Options:\nA. old\nB. old\nOptions:\nA. new\nB. newer", ["new", "newer"]),
        ("Which?\nOptions:\nA. only", None),
        ("Which?\nA. one\nB. two", None),
        ("Our options: A. run", None),
        ("Which?\nOptions:\nA. one\nC. three", None),
    ],
)
def test_options_of(text: str, options: list[str] | None) -> None:
    assert options_of(text) == options


@given(st.text("abc?\n", max_size=20), st.lists(WORDS, min_size=2, max_size=10))
def test_what_is_written_as_options_is_read_back(question: str, options: list[str]) -> None:
    listed = "\n".join(f"{letter}. {option}" for letter, option in zip("ABCDEFGHIJ", options, strict=False))
    assert options_of(f"{question}\nOptions:\n{listed}") == options

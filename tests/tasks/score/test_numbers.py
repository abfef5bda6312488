"""Numbers are read exactly, in every way people write them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.score.numbers import canonical_number, only_number, parse_number, same_number

WHOLE = st.integers(-(10**12), 10**12)
NONZERO = st.integers(1, 10**6)


@given(WHOLE, NONZERO)
def test_fractions_in_every_spelling_are_the_same_number(above: int, below: int) -> None:
    value = Fraction(above, below)
    sign = "-" if above < 0 else ""
    for text in (
        f"{above}/{below}",
        rf"{sign}\frac{{{abs(above)}}}{{{below}}}",
        rf"$\dfrac{{{above}}}{{{below}}}$",
        rf"\left({sign}\tfrac{{{abs(above)}}}{{{below}}}\right)".replace(r"\left(", "").replace(r"\right)", ""),
    ):
        assert parse_number(text) == value, text


@given(WHOLE, st.sampled_from(["{}", "${}", "{} dollars", r"{}\%", "{}%", "**{}**", "{}.", "{}.00", "{} cm", "{}°"]))
def test_what_dresses_a_whole_number_changes_nothing(value: int, dress: str) -> None:
    assert parse_number(dress.format(value)) == value
    assert parse_number(dress.format(f"{value:,}")) == value


@given(WHOLE, NONZERO)
def test_the_canonical_spelling_reads_as_the_same_number(above: int, below: int) -> None:
    value = Fraction(above, below)
    assert parse_number(canonical_number(value)) == value


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_none(text: str) -> None:
    value = parse_number(text)
    assert value is None or isinstance(value, Fraction)


@pytest.mark.parametrize("text", ["", "abc", "1,2", "1,234,5", "5 or 6", "3x", "2xy", r"2\pi", "1/0", "1/2/3", "12:30"])
def test_what_is_no_number(text: str) -> None:
    assert parse_number(text) is None


def test_long_texts_are_no_numbers_and_cost_nothing() -> None:
    assert parse_number("9" * 100_000) is None
    assert only_number("9 " * 100_000) == 9


def test_a_percentage_is_its_number_and_its_hundredth() -> None:
    assert same_number("50%", "50")
    assert same_number(r"50\%", "0.5")
    assert same_number("0.5", "50%")
    assert same_number("50%", "5") is False
    assert same_number("50%", "0.5%") is False


def test_whole_numbers_must_be_equal_and_others_agree_to_six_digits() -> None:
    assert same_number("1000000000", "1000000001") is False
    assert same_number("3.1415927", "3.14159265")
    assert same_number("3.1416", "3.14159265") is False
    assert same_number("x", "1") is None


@pytest.mark.parametrize(
    ("text", "value"), [("2 + 8 = 10", 10), ("7 apples are left of them", 7), ("3 to 5", None), ("at 2:00 pm", 2)]
)
def test_the_number_of_a_sentence(text: str, value: int | None) -> None:
    assert only_number(text) == value

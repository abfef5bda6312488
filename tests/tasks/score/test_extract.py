"""Nothing is found where nothing is stated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.score.extract import last_boxed, normal_text, own_answer, spoken, stated_answer

WORDS = st.lists(st.sampled_from(["so", "then", "B", "42", "the", "it", "is", "\n"]), max_size=30).map(" ".join)


@given(WORDS)
def test_a_text_without_a_statement_states_nothing(text: str) -> None:
    assert stated_answer(text) is None


@given(WORDS, st.sampled_from(["7", r"\frac{1}{2}", "x"]))
def test_the_last_statement_is_found_after_anything(text: str, answer: str) -> None:
    assert stated_answer(f"Answer: 1\n{text}\nAnswer: {answer}") == answer
    assert stated_answer(rf"Answer: 1{text}\n\boxed{{{answer}}}") == answer


@given(st.text("{}\\boxed a", max_size=60))
def test_boxes_are_balanced_or_not_found(text: str) -> None:
    found = last_boxed(text)
    if found is not None:
        assert found[1].count("{") == found[1].count("}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<think>a</think>b", "b"),
        ("a</think>b", "b"),
        ("<think>a", ""),
        ("b<think>a", "b"),
        ("<THINKING>a</THINKING> b", "b"),
        ("<think>a</think>b<think>c</think>d", "b d"),
    ],
)
def test_thoughts_are_not_spoken(text: str, said: str) -> None:
    assert spoken(text) == said


def test_a_text_ends_where_the_model_asks_itself_the_next_question() -> None:
    assert own_answer("mine\n\nQuestion: next\nAnswer: no").strip() == "mine"
    assert own_answer("\n\n## Question: repeated\nmine") == "\n\n## Question: repeated\nmine"


@given(st.text(max_size=40))
def test_normal_text_is_its_own_normal_text(text: str) -> None:
    assert normal_text(normal_text(text)) == normal_text(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<think>```python\nx\n```</think>Here", "Here"),
        ('<think>so it is "B"</think>\nAnswer: B', "Answer: B"),
        ("I use `<think>` tags. B", "I use `<think>` tags. B"),
        ('s = "<think>"\nB', 's = "<think>"\nB'),
    ],
)
def test_a_tag_between_quotes_is_spoken_of(text: str, said: str) -> None:
    assert spoken(text) == said

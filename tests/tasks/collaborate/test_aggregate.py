import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.collaborate.aggregate import aggregate_messages, as_reference
from tasks.collect.cost import prompt_tokens


def test_references_follow_the_users_own_system_message():
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    (system, user), used = aggregate_messages(messages, ["Because.", "No reason."])
    assert used == (0, 1)
    assert system["content"].startswith("Be brief.\n\n")
    assert system["content"].endswith("\n1. Because.\n2. No reason.")
    assert user == messages[1]
    assert messages[0]["content"] == "Be brief."


def test_without_one_it_is_prepended():
    first, second = aggregate_messages([{"role": "user", "content": "Why?"}], ["Because."]).messages
    assert (first["role"], second["role"]) == ("system", "user")


QUESTION = [{"role": "user", "content": "Why?"}]


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=7), st.integers(900, 6000))
def test_what_overflows_is_cut_in_the_middle_of_the_longest(lengths, room):
    references = [f"begin{at} {'x' * length} end{at}" for at, length in enumerate(lengths)]
    prompt = aggregate_messages(QUESTION, references, room, "middle")
    assert prompt.used == tuple(range(len(lengths)))
    listed = prompt.messages[0]["content"]
    assert prompt_tokens(prompt.messages) <= room
    for at, reference in enumerate(references):
        assert f"begin{at} " in listed
        assert f" end{at}" in listed
        if len(reference) < 4 * 64:
            assert reference in listed  # a short one is never cut for a long one


def test_dropping_leaves_out_the_last_and_refusing_gives_up():
    references = ["short", "y" * 4000, "z" * 4000]
    prompt = aggregate_messages(QUESTION, references, 1500, "drop")
    assert prompt.used == (0, 1)
    assert "zzz" not in prompt.messages[0]["content"]
    assert aggregate_messages(QUESTION, references, 1500, "refuse") is None
    assert aggregate_messages(QUESTION, references, 5000, "refuse").used == (0, 1, 2)


@pytest.mark.parametrize("truncation", ["middle", "drop", "refuse"])
def test_a_conversation_that_fills_the_window_alone_is_not_asked(truncation):
    messages = [{"role": "user", "content": "why " * 4000}]
    assert aggregate_messages(messages, ["because"] * 3, 1000, truncation) is None


def test_thought_traces_are_kept_or_stripped():
    text = "<think>Is it 4? No.</think>Answer: 5"
    assert as_reference(text, "keep") == text
    assert as_reference(text, "strip") == "Answer: 5"
    assert as_reference("<think>never done", "strip") == "<think>never done"

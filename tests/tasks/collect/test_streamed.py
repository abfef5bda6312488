"""A stream that nobody asked for is read from LiteLLM's words, and other words of that form are no stream."""

import pytest

from tasks.collect.streamed import streamed_reply

STREAM = 'data: {"choices": [{"delta": {"content": "It\'s 4"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n'


def told(received: str) -> Exception:
    return RuntimeError(f"Empty or invalid response. Received: {received}. Check the reverse proxy")


def test_a_stream_is_put_together() -> None:
    found = streamed_reply(told(repr(STREAM)))
    assert found is not None
    assert found["choices"][0]["message"]["content"] == "It's 4"


@pytest.mark.parametrize("received", ["'a' + f('b')", "'it's'", "'" + "'+'" * 100_000 + "'", "'plain words'"])
def test_other_words_are_no_stream_and_no_error(received: str) -> None:
    assert streamed_reply(told(received)) is None

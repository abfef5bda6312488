"""Concertino inside LiteLLM: synchronous, asynchronous, streaming, and what is refused."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live_world import make_world, rows_of, synthetic_pool

QUESTION = [{"role": "user", "content": "What is q7?"}]


@pytest.fixture(scope="module")
def provider(module_home: Path) -> Iterator[Any]:
    from tasks.serve.provider import register

    make_world(module_home, synthetic_pool())
    made = register(profile="small")
    yield made
    made.close()
    assert rows_of("select flow, status from run where run_id <> 'made'") == [
        {"flow": "litellm", "status": "completed"}
    ]


@pytest.mark.usefixtures("provider")
def test_an_answer_from_any_thread_and_loop() -> None:
    import litellm

    plain = litellm.completion(model="concertino/quick", messages=QUESTION)
    again = asyncio.run(litellm.acompletion(model="concertino/quick", messages=QUESTION))
    assert "Answer: town 0" in plain.choices[0].message.content
    assert again.choices[0].message.content == plain.choices[0].message.content
    assert plain.usage.total_tokens > 0
    assert plain.usage.cost > 0
    assert plain.choices[0].message.provider_specific_fields["x-concertino-preset"] == "quick"


@pytest.mark.usefixtures("provider")
def test_streams() -> None:
    import litellm

    async def pieces() -> str:
        stream = await litellm.acompletion(model="concertino/quick", messages=QUESTION, stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    stream = litellm.completion(model="concertino/quick", messages=QUESTION, stream=True)
    assert "Answer: town 0" in "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert "Answer: town 0" in asyncio.run(pieces())


@pytest.mark.usefixtures("provider")
def test_refusals_keep_their_words() -> None:
    import litellm

    with pytest.raises(Exception, match="there is no model 'concertino/nobody'"):
        litellm.completion(model="concertino/nobody", messages=QUESTION)
    image = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]
    with pytest.raises(Exception, match="only text is supported"):
        litellm.completion(model="concertino/quick", messages=[{"role": "user", "content": image}])

"""A local OpenAI-compatible server whose models the small world's pool asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_world import http_pool, make_world
from tests.local_openai import LocalOpenAI, local_openai


@pytest.fixture(scope="module")
def _running() -> Iterator[LocalOpenAI]:
    with local_openai() as server:
        yield server


@pytest.fixture
def server(_running: LocalOpenAI, home: Path) -> LocalOpenAI:
    """The server, without memory of earlier tests; the small world's models are on it."""
    _running.reset()
    make_world(home, http_pool(_running.api_base))
    return _running

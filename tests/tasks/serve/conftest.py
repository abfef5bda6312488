"""A local OpenAI-compatible server whose models the small world's pool asks."""

from pathlib import Path

import pytest

from tests.live_world import http_pool, make_world
from tests.local_openai import LocalOpenAI


@pytest.fixture
def server(_running: LocalOpenAI, home: Path) -> LocalOpenAI:
    """The server, without memory of earlier tests; the small world's models are on it."""
    _running.reset()
    make_world(home, http_pool(_running.api_base))
    return _running

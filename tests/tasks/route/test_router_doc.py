"""The page that lists every router."""

import pytest

from tasks.route.registry import routers
from tasks.route.router_doc import DOCUMENT, render


@pytest.mark.usefixtures("home")
def test_the_document_is_current_and_says_every_router_and_option() -> None:
    page = render()
    assert DOCUMENT.read_text() == page, "run `make docs`"
    for name in routers.names():
        assert f"\n## {name}\n" in page
        assert all(f"| `{option}` |" in page for option in routers.get(name).Options.model_fields)

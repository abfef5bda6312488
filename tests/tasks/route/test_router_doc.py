"""The page that lists every router."""

import pytest
import yaml

from profiles.load import router_names
from tasks.route.registry import routers
from tasks.route.router_doc import DOCUMENT, render


@pytest.mark.usefixtures("home")
def test_the_document_is_current_and_says_every_router_and_option() -> None:
    page = render()
    assert DOCUMENT.read_text() == page, "run `make docs`"
    for name in routers.names():
        assert f"\n## {name}\n" in page
        fields = routers.get(name).Options.model_fields
        assert all(f"| `{option}` |" in page for option in fields)
        assert all(field.description for field in fields.values()), name


@pytest.mark.usefixtures("home")
def test_a_setting_says_what_it_changes_and_nothing_else() -> None:
    lines = render().splitlines()
    assert (
        "- `knn`: the model that did best on the most similar train questions; how many is chosen by leave-one-out"
        in lines
    )
    [one] = [line for line in lines if line.startswith("- `avengers-pro-published`")]
    assert one.endswith("as published (weight: 0.7, unknown_cost: free, ties: pool)")


@pytest.mark.usefixtures("home")
def test_every_measured_figure_is_said_with_its_interval_and_rank() -> None:
    page = render()
    for one in yaml.safe_load((DOCUMENT.parent / "measured.yaml").read_text()):
        assert set(one["gains"]) <= set(router_names())
        best = max(one["gains"], key=lambda name: one["gains"][name][0])
        gain, low, high = one["gains"][best]
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{best}` |")]
        assert f"{gain:+.1f} ({low:+.1f} to {high:+.1f}), 1 of {len(one['gains'])}" in row

"""The page over all profiles: a plain sentence for each, and nothing that was not proven."""

from dataclasses import replace
from datetime import datetime

import pytest

from tasks.measure.comparison import Comparison
from tasks.measure.result import SystemResult
from tasks.report.routing import render_routing, routed_here, routed_of
from tests.html_document import Document
from tests.sample_page import HOSTILE, sample_page
from tests.sample_run import RUN, land_run

UNKNOWN = dict.fromkeys(("spread", "calls", "calls_per_question", "gain_at_random", "gain_at_best", "gap_at_oracle"))


def line(name, accuracy, cost=2.0, kind="router"):
    ends = {"ci_low": accuracy - 0.02, "ci_high": accuracy + 0.02}
    own = {"n": 1000, "n_cost": 1000 if cost else 0, "cost_usd": cost, "is_null": kind == "baseline", "kind": kind}
    return SystemResult(name, accuracy, **ends, **own, **UNKNOWN, name=name)


def result(finding="better", name="concertino", gain=0.042, cost=1.0, **changes):
    pairs = (
        Comparison(name, "best-single", gain, gain - 0.01, gain + 0.01, 0.001, 0.01, 1000, 80, 38, finding=finding),
        Comparison("knn", "best-single", 0.06, 0.05, 0.07, 0.001, 0.01, 1000, 90, 30, finding="better"),
        Comparison("shuffled-labels", "best-single", 0.0, 0.0, 0.0, None, None, 1000, 0, 0),
    )
    lines = (
        line("best-single", 0.6, kind="baseline"),
        line("shuffled-labels", 0.6, kind="baseline"),
        line("knn", 0.66),
        line(name, 0.642, cost),
    )
    basis = {"n_questions": 1000, "systems": lines, "comparisons": pairs}
    return replace(sample_page().result, **(basis | changes))


def said_of(found, **chosen):
    return routed_of(found, chosen).sentence


@pytest.mark.parametrize(
    ("finding", "gain", "said"),
    [
        ("better", 0.042, "Routing helps by +4.2 points [+3.2, +5.2] (concertino)"),
        ("unproven", 0.004, "Routing is not shown to help: +0.4 points [−0.6, +1.4] (concertino)"),
        ("negligible", 0.004, "Routing changes too little to matter: +0.4 points [−0.6, +1.4] (concertino)"),
        ("worse", -0.03, "Routing is worse than the best single model by −3.0 points [−4.0, −2.0] (concertino)"),
    ],
)
def test_a_plain_sentence_says_whether_routing_helps_and_at_what_cost(finding, gain, said):
    assert said_of(result(finding, gain=gain)) == f"{said}, at 50 % of the best model's cost."


def test_an_unknown_cost_is_not_told_and_the_best_of_many_is_called_that():
    assert said_of(result(cost=None)).endswith("(concertino).")
    *others, own = result().systems
    partly = replace(own, n_cost=990)  # their mean is not of the best single model's questions
    assert said_of(result(systems=(*others, partly))).endswith("(concertino).")
    said = said_of(result(name="mine"))
    assert "(knn, the best of the routers on these very questions)" in said


def test_what_was_chosen_on_the_test_part_is_marked_and_speaks_for_routing_only_where_it_is_alone():
    found = result(name="mine")
    assert "(mine, the best of the routers on these very questions)" in said_of(found, knn="test", mine="train")
    assert "(knn, its epoch chosen on these very questions)" in said_of(found, knn="test", mine="test")
    marked, clean = (
        " ".join(" ".join(Document(render_routing((routed_of(found, one),), datetime(2026, 11, 26))).text).split())
        for one in ({"knn": "test"}, {"knn": "validation"})
    )
    assert "knn chosen on test" in marked
    assert "every router, but for those marked, were chosen on other questions" in marked
    assert "chosen on test" not in clean
    assert "every router were chosen on other questions" in clean


def test_a_router_that_never_differs_is_said_not_to():
    found = result("unproven", gain=0.0)
    same = replace(found.comparisons[0], won=0, lost=0)
    said = said_of(replace(found, comparisons=(same, *found.comparisons[1:])))
    assert said.startswith("Routing is not shown to help: it scores as the best single model does on every question")


def test_the_page_is_whole_and_hostile_names_are_text():
    here = (
        routed_of(result(profile=HOSTILE, title=HOSTILE), {}),
        routed_of(result(comparisons=(), synthetic=True), {}),
    )
    source = render_routing(here, datetime(2026, 11, 26))
    document = Document(source)
    assert "<script" not in source.lower()
    assert {str(attributes.get("href")) for tag, attributes in document.elements if tag == "a"} == {
        f"#{here[0].result.run_id}",
        f"{here[0].result.run_id}.html",
    }
    assert "No router was compared with the best single model." in document.shown
    assert document.shown.index("knn") < document.shown.index("shuffled-labels control")
    assert source == render_routing(here, datetime(2026, 11, 26))


def test_the_newest_run_of_every_profile_is_shown_and_the_one_that_is_still_going_on(home):
    land_run()
    land_run(run_id="20261124T023000-5d6e7f", status="running")
    assert [one.result.run_id for one in routed_here("")] == [RUN]
    assert [one.result.run_id for one in routed_here("20261124T023000-5d6e7f")] == ["20261124T023000-5d6e7f"]

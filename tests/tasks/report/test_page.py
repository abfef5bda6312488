"""The page: whole, self-contained, in order, and nothing that a model wrote is markup."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from tasks.measure.coverage import Gap
from tasks.report.contents import Matrix
from tasks.report.page import render
from tests.html_document import Document
from tests.sample_page import DATASETS, HOSTILE, MODELS, sample_page


@pytest.fixture(scope="module")
def source() -> str:
    return render(sample_page())


@pytest.fixture(scope="module")
def document(source: str) -> Document:
    return Document(source)


def test_nothing_is_fetched_and_nothing_runs(source: str, document: Document) -> None:
    assert not [tag for tag, _ in document.elements if tag in {"script", "link", "img", "iframe", "object", "image"}]
    for _, attributes in document.elements:
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "srcset"}]
        # a place on the page, or another page of its folder
        assert re.fullmatch(
            r"#.*|routing\.html|(collaboration-)?2026112\dT023000-\w+\.html", attributes.get("href") or "#"
        )
    css = source[source.index("<style>") : source.index("</style>")]
    assert not re.search(r"url\(|@import|https?:", css)
    policy = [attributes for tag, attributes in document.elements if attributes.get("http-equiv")]
    assert "default-src 'none'" in str(policy[0]["content"])


def test_what_models_wrote_is_text(source: str, document: Document) -> None:
    assert "<script" not in source.lower()
    assert document.shown.count(HOSTILE) >= 5, "in a model's name, a question and answers"


def test_what_models_wrote_is_text_without_the_chart_too() -> None:
    page = sample_page()
    nasty = f"x\" onload=alert(1) style='{HOSTILE}"
    line = replace(page.result.systems[-1], system=nasty)
    page = replace(
        page,
        result=replace(page.result, systems=(*page.result.systems, line), pool=nasty, title=nasty, profile=nasty),
        by_dataset=Matrix((nasty,), (nasty,), ((0.5,),)),
        quarantined={nasty: 3},
    )
    document = Document(render(page))
    assert not [tag for tag, attributes in document.elements if tag == "script" or "onload" in attributes]
    assert document.shown.count(nasty) >= 6


def test_sections_come_in_order_and_the_verdict_is_first(document: Document) -> None:
    ids = [str(attributes["id"]) for _, attributes in document.elements if "id" in attributes]
    assert ids == [
        "verdict",
        "nights",
        "leaderboard",
        "cost",
        "datasets",
        "models",
        "coverage",
        "checks",
        "flips",
        "examples",
        "provenance",
    ]
    links = [attributes["href"] for tag, attributes in document.elements if tag == "a"]
    runs = [f"{run}.html" for run in ("20261123T023000-1a2b3c", *["20261122T023000-9f8e7d"] * 2)]
    assert links == [
        *(f"#{name}" for name in ids[1:]),
        "routing.html",
        *runs,
        "collaboration-20261123T023000-1a2b3c.html",
    ]


def test_headings_do_not_skip_levels(document: Document) -> None:
    levels = [int(tag[1]) for tag, _ in document.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_picture_and_scrolling_box_has_a_name(document: Document) -> None:
    for tag, attributes in document.elements:
        if tag == "svg" or attributes.get("role") in {"img", "region"}:
            assert attributes.get("aria-label")
        if attributes.get("role") == "region":
            assert attributes.get("tabindex") == "0", "a box that scrolls must be reachable by keyboard"


@pytest.mark.parametrize("synthetic", [True, False])
def test_synthetic_is_said_in_title_and_banner_only_where_it_is(synthetic: bool) -> None:
    source = render(sample_page(synthetic=synthetic))
    assert ("<title>SYNTHETIC" in source) is synthetic
    assert ('class="synthetic"' in source) is synthetic


def test_verdict_shows_difference_interval_p_cost_and_n(document: Document) -> None:
    verdict = document.shown[document.shown.index("▲ Promote") : document.shown.index("Leaderboard Cost")]
    for figure in ("+2.1", "+1.2 to +3.0", "< 0.001", "−3 %", "3,513"):
        assert figure in verdict


def test_without_costs_the_chart_says_that_it_shows_calls() -> None:
    page = render(sample_page(known_cost=False, baseline=False))
    assert "No cost is known" in page
    assert "model calls per question" in page
    assert "No baseline yet" in page
    assert "flips need an earlier run" in page


def test_coverage_shows_gaps_and_never_rounds_up_to_complete(document: Document) -> None:
    coverage = document.shown[document.shown.index("Share of a dataset") :]
    assert "62.0" in coverage
    assert "99.9" in coverage
    page = sample_page()
    complete = Matrix(DATASETS, MODELS, tuple((1.0,) * len(MODELS) for _ in DATASETS))
    assert "Complete: every model has a score" in render(replace(page, coverage=complete))


def test_flips_and_examples_show_both_answers_and_how_they_came_about(document: Document) -> None:
    flips = document.shown[document.shown.index("Flips Against") :]
    assert "lost 61 questions and gained 135" in flips
    assert "The answer is (C)." in flips
    examples = flips[flips.index("Examples Answers") :]
    for part in (
        "Truth: B",
        "Similar questions of the bank",
        "0.81",
        "Models by prior",
        "chosen",
        "stated probability 83 %",
    ):
        assert part in examples


def test_a_page_of_an_empty_run_is_still_whole() -> None:
    page = sample_page(
        baseline=False,
        models=(),
        checks=(),
        quarantined={},
        examples=(),
        judged=None,
        by_model=Matrix((), (), ()),
        by_dataset=Matrix((), (), ()),
        coverage=Matrix((), (), ()),
    )
    result = replace(page.result, systems=(), comparisons=())
    document = Document(render(replace(page, result=result)))
    assert "There is nothing to draw" in document.shown
    assert "No expectation was checked" in document.shown


def test_provenance_names_what_the_figures_come_from(document: Document) -> None:
    footer = document.shown[document.shown.rindex("Provenance") :]
    for fact in (
        "20261123T023000-1a2b3c",
        "0f3c9d2a7b61e4558c1d",
        "2026-11-01",
        "mmlu-pro-open",
        "all-MiniLM-L6-v2@8b3219a",
        "0, 1, 2, 3, 4",
        "0.1.0+b88aef5",
        "2026-11-23 02:47:05 UTC",
    ):
        assert fact in footer


def test_same_page_same_bytes(source: str) -> None:
    assert render(sample_page()) == source


def test_coverage_is_complete_only_without_a_gap() -> None:
    page = sample_page()
    whole = replace(page, coverage=replace(page.coverage, values=tuple((1.0,) * len(MODELS) for _ in DATASETS)))
    assert "Complete: every model" in render(whole)
    assert "Something is missing" not in render(whole)
    gap = Gap("model", f"m {HOSTILE}", 0, 3513, "no answer has a verdict; left out")
    for result in (replace(page.result, gaps=(gap,)), replace(page.result, n_expected=3600)):
        assert "Complete: every model" not in render(replace(whole, result=result))
    shown = render(replace(whole, result=replace(page.result, gaps=(gap,))))
    assert "Something is missing" in shown
    assert HOSTILE not in shown


def test_accuracies_of_a_dataset_have_their_number_of_questions(document: Document) -> None:
    assert document.shown.count("n = 702") == 2 * len(DATASETS), "of systems and of models"


def test_nights_are_listed_with_their_answers_and_a_link_to_the_baseline() -> None:
    source = render(sample_page())
    nights = source[
        source.index('<section aria-labelledby="nights">') : source.index('<section aria-labelledby="leader')
    ]
    assert nights.count("<tr") == 3
    assert '<a href="20261122T023000-9f8e7d.html">20261122T023000-9f8e7d</a>' in nights
    for told in ("promote", "refused", "+2.1", "+1.2 to +3.0", "412", "2,468", "$0.01", "&lt;script&gt;"):
        assert told in nights
    assert "412 new, 2,468 reused, oldest 12 days" in source
    assert 'id="nights"' not in render(sample_page(baseline=False))

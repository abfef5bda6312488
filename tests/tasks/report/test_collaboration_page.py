"""The collaboration report: whole, self-contained, every figure with its interval, nothing a model wrote is markup."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tasks.report.collaboration_page import collaboration_markdown, render_collaboration
from tests.html_document import Document
from tests.sample_collaboration import sample_collaboration
from tests.sample_page import HOSTILE, MODELS


@pytest.fixture(scope="module")
def source() -> str:
    return render_collaboration(sample_collaboration())


@pytest.fixture(scope="module")
def document(source: str) -> Document:
    return Document(source)


def part(document: Document, start: str, end: str) -> str:
    return document.shown[document.shown.index(start) : document.shown.index(end)]


def test_nothing_is_fetched_and_nothing_runs(source: str, document: Document) -> None:
    assert not [tag for tag, _ in document.elements if tag in {"script", "link", "img", "iframe", "object", "image"}]
    for _, attributes in document.elements:
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "srcset"}]
        assert (attributes.get("href") or "#").startswith("#")
    css = source[source.index("<style>") : source.index("</style>")]
    assert not re.search(r"url\(|@import|https?:", css)
    assert "<script" not in source.lower()
    assert document.shown.count(HOSTILE) >= 15, "in names of presets, models and errors, in questions and answers"


def test_sections_come_in_order_with_links_and_headings_that_skip_no_level(document: Document) -> None:
    ids = [str(attributes["id"]) for _, attributes in document.elements if "id" in attributes]
    assert ids == ["summary", "accuracy", "datasets", "effort", "calibration", "models", "examples", "provenance"]
    assert [attributes["href"] for tag, attributes in document.elements if tag == "a"] == [f"#{id}" for id in ids[1:]]
    levels = [int(tag[1]) for tag, _ in document.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for tag, attributes in document.elements:
        if tag == "svg" or attributes.get("role") in {"img", "region"}:
            assert attributes.get("aria-label")


def test_the_summary_has_the_targets_figures_with_intervals(document: Document) -> None:
    page = sample_collaboration()
    line = page.presets[0].line
    summary = part(document, "smcs-select Significantly", "How to read")
    for one in (line.accuracy, line.gap_closed):
        assert f"%{100 * one.value:.1f} {100 * one.low:.1f} to {100 * one.high:.1f}" in summary
    for name in ("best-single", "majority", "top-7 vote"):
        one = line.differences[name]
        assert f"against {name}, points{100 * one.value:+.1f} {100 * one.low:+.1f} to" in summary
    assert "questions300" in summary


def test_every_baseline_and_preset_has_a_line(document: Document) -> None:
    board = part(document, "questions Baselines", "Against the best single model, by dataset")
    order = [
        board.index(name)
        for name in ("Baselines", "oracle knows the truth", "best-single", "Presets", "smcs-select", f"paper {HOSTILE}")
    ]
    assert order == sorted(order)


def test_it_says_in_how_many_datasets_a_preset_is_worse(document: Document) -> None:
    said = part(document, "Against the best single model, by dataset", "Calls and cost Model calls")
    page = sample_collaboration()
    for preset in page.presets:
        found = [one.significance(0.05) for one in preset.line.by_dataset]
        told = f"{preset.line.system} is significantly worse in {found.count(-1) or 'none'} of 5 datasets and better in"
        assert f"{told} {found.count(1) or 'none'}." in said
    assert said.count("p, Holm") == len(page.presets)


def test_calls_saved_and_failures_are_told(document: Document) -> None:
    effort = sample_collaboration().presets[1].effort
    said = part(document, "Calls and cost Model calls", "Calibration What")
    assert f"{100 * effort.saved.value:.1f} ({100 * effort.saved.low:.1f} to {100 * effort.saved.high:.1f})" in said
    assert "10 calls failed in this run" in said
    assert (
        f"7 × answer, rate_limit; 2 × aggregate, server {HOSTILE}; 1 × judge, unknown (its process or host was lost)."
        in said
    )
    assert "$2.00" in said


def test_calibration_has_a_chart_and_a_table_per_preset_that_states_probabilities(document: Document) -> None:
    said = part(document, "Calibration What", "Which models were chosen where")
    page = sample_collaboration()
    for preset in page.presets[:2]:
        found = preset.calibration
        assert f"{found.brier.value:.3f} ({found.brier.low:.3f} to {found.brier.high:.3f})" in said
        assert f"{100 * found.error.value:.1f} ({100 * found.error.low:.1f} to" in said
        assert f"{preset.line.system}: the {len(found.bins)} bins" in said
    assert f"paper {HOSTILE} states no probability" in said
    charts = [attributes for tag, attributes in document.elements if tag == "svg"]
    assert len(charts) == 2
    assert all("stated" in str(attributes["aria-label"]) for attributes in charts)


def test_models_chosen_are_a_table_unless_all_always_are(document: Document) -> None:
    said = part(document, "Which models were chosen where Share", "Examples 4 answers")
    assert f"smcs-select chooses every one of the {len(MODELS)} models for every question (n = 300)." in said
    assert said.count("95 % interval") == 2
    assert all(model in said for model in MODELS)


def test_examples_tell_their_kind_the_plurality_and_how_they_came_about(document: Document) -> None:
    said = part(document, "Examples 4 answers", "Provenance run")
    for told in (
        "wrong and confident",
        f"plurality of all models: B {HOSTILE}",
        "7 calls, stopped early",
        "0.81",
        "Models by prior",
        "Candidates",
        "stated probability 83 %",
    ):
        assert told in said


def test_what_is_not_known_is_a_dash_and_never_zero() -> None:
    page = sample_collaboration(known_cost=False, failures={}, examples=())
    shown = Document(render_collaboration(replace(page, presets=page.presets[2:]))).shown
    assert "No cost is known" in shown
    assert "No call failed" in shown
    assert "$0" not in shown
    assert "No answer of this run was judged." in shown
    assert "states no probability" in shown


@pytest.mark.parametrize("synthetic", [True, False])
def test_synthetic_is_said_on_the_page_and_in_the_artifact_only_where_it_is(synthetic: bool) -> None:
    page = sample_collaboration(synthetic=synthetic)
    source = render_collaboration(page)
    assert ("<title>SYNTHETIC" in source) is synthetic
    assert ('class="synthetic"' in source) is synthetic
    assert ("Synthetic" in collaboration_markdown(page, Path("/tmp/x.html"))) is synthetic


def test_the_artifact_links_to_the_page_and_escapes_names() -> None:
    text = collaboration_markdown(sample_collaboration(), Path("/a home/collaboration-r.html"))
    assert text.startswith("[/a home/collaboration-r.html](file:///a%20home/collaboration-r.html)")
    assert "<script" not in text
    assert text.count(" of 5 datasets ") == 3


def test_same_page_same_bytes(source: str) -> None:
    assert render_collaboration(sample_collaboration()) == source

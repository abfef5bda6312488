"""Texts as people read them; names stay names in Markdown."""

from dataclasses import replace

import pytest

from tasks.report import tables
from tests.sample_page import HOSTILE, MODELS, sample_page


def test_one_line_folds_white_space_and_cuts() -> None:
    assert tables.one_line("a\n\n b\tc") == "a b c"
    assert tables.one_line("x" * 300, 10) == "x" * 9 + "…"


def test_markdown_shows_untrusted_text_as_it_is() -> None:
    shown = tables.markdown("# *a* | [x](http://h) <b>&\n`code`")
    assert shown == r"\# \*a\* \| \[x\](http://h) &lt;b&gt;&amp; \`code\`"


def test_chart_has_cost_where_any_system_has_one_and_leaves_out_the_rest() -> None:
    points, by_cost = tables.chart_points(sample_page())
    names = {point.label for point in points}
    assert by_cost
    assert "random" not in names, "its cost is not known"
    assert not names & {"oracle", "dataset-oracle"}, "oracles know the truth"
    assert MODELS[5] not in names, "it answered too few of the questions"
    assert MODELS[0] in names
    knn = next(point for point in points if point.label == "knn")
    assert knn.x == pytest.approx(1000 * 3.513 * 1.549 / 3513)


def test_chart_falls_back_to_calls_when_no_system_has_a_cost() -> None:
    points, by_cost = tables.chart_points(sample_page(known_cost=False))
    assert not by_cost
    assert {point.label: point.x for point in points}["smcs-select"] == 7.0
    assert {point.label: point.x for point in points}[MODELS[0]] == 1.0


def test_cost_per_thousand_is_unknown_not_zero_without_a_cost() -> None:
    line = sample_page(known_cost=False).result.systems[0]
    assert tables.cost_per_thousand(line) is None
    assert tables.cost_per_thousand(replace(line, cost_usd=0.0, n_cost=3513)) == 0.0


def test_pareto_rows_mark_the_efficient_ones() -> None:
    rows = {row["system"]: row for row in tables.pareto_rows(sample_page())}
    assert rows["smcs-select"]["efficient"]
    assert not rows["majority"]["efficient"], "dearer and worse than smcs-select"


def test_statement_has_difference_interval_p_cost_and_n() -> None:
    page = sample_page()
    line = tables.statement(page.result, page.judged, page.regression)
    for figure in ("+2.1", "+1.2 to +3.0", "< 0.001", "−3 %", "3,513", "20261122T023000-9f8e7d"):
        assert figure in line
    assert "\n" not in line


def test_without_a_baseline_the_statement_is_about_the_best_single_model() -> None:
    page = sample_page(baseline=False)
    assert tables.headline(page.regression) == "No baseline yet"
    line = tables.statement(page.result, page.judged, None)
    assert "smcs-select against the best single model" in line
    assert "+6.1" in line


def test_without_any_comparison_only_the_questions_are_told() -> None:
    page = sample_page(baseline=False)
    result = replace(page.result, comparisons=())
    assert tables.facts(result, page.judged, None) == [("questions", "3,513")]
    assert "no earlier run" in tables.statement(result, None, None)


def test_verdict_artifact_escapes_names_and_says_synthetic() -> None:
    page = sample_page(synthetic=True)
    line = replace(page.result.systems[-1], system=f"a|b {HOSTILE}")
    page = replace(page, result=replace(page.result, systems=(*page.result.systems, line)))
    shown = tables.verdict_markdown(page)
    assert "Synthetic" in shown
    assert "<script" not in shown
    assert r"a\|b" in shown
    rows = [text for text in shown.splitlines() if text.startswith("|")]
    assert len(rows) == 2 + len(page.result.systems)

"""The leaderboard on the page: order and marks of its lines, what is missing, and the chart's points beside it."""

import re
from dataclasses import replace

import pytest

from tasks.report.page import render
from tasks.report.tables import chart_points
from tests.html_document import Document
from tests.sample_page import sample_page, with_curves


@pytest.fixture(scope="module")
def board() -> str:
    shown = Document(render(sample_page())).shown
    return shown[shown.index("Leaderboard Macro") : shown.index("Cost and quality Acc")]


def test_null_models_come_first_and_are_marked(board: str) -> None:
    order = [
        board.index(name)
        for name in (
            "Null models",
            "best-single null",
            "oracle knows the truth",
            "Routers",
            "avengers",
            "Collaboration:",
            "smcs-select judged",
        )
    ]
    assert order == sorted(order)


def test_a_line_says_on_which_part_of_the_split_it_was_chosen() -> None:
    source = render(replace(sample_page(), chosen={"knn": "validation"}))
    assert re.findall(r"row..([a-z-]+) <small>chosen on (\w+)</small>", source) == [("knn", "validation")]


def test_missing_is_a_dash_and_never_zero() -> None:
    page = sample_page()
    lines = tuple(
        replace(
            line,
            macro_accuracy=None,
            ci_low=None,
            ci_high=None,
            spread=None,
            calls=None,
            calls_per_question=None,
            cost_usd=None,
            gap_closed=None,
        )
        if line.system == "knn"
        else line
        for line in page.result.systems
    )
    comparisons = tuple(pair for pair in page.result.comparisons if pair.system != "knn")
    source = render(replace(page, result=replace(page.result, systems=lines, comparisons=comparisons)))
    row = source[source.index('<th scope="row">knn') :].split("</tr>")[0]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
    assert [cell for cell in cells if "bar" not in cell] == ["–", "–", "–", "–", "–", "3,513", "–", "–"]


def test_the_gap_closed_and_what_probabilities_are_worth_are_told(board: str) -> None:
    assert "18.3 (13.3 to 23.3)" in board
    assert (
        "smcs-select states probabilities: expected calibration error 2.1 points, Brier score 0.190, of the 3,400 "
        in board
    )
    assert board.count("states probabilities") == 1


def test_a_system_on_fewer_questions_is_marked_and_never_the_best() -> None:
    page = sample_page()
    *others, knn = page.result.systems
    partial = replace(knn, macro_accuracy=0.99, n=120)
    shown = Document(render(replace(page, result=replace(page.result, systems=(*others, partial))))).shown
    assert "not ranked 120 of 3,513 questions" in shown
    points, _ = chart_points(replace(page, result=replace(page.result, systems=(*others, partial))))
    assert "knn" not in {point.label for point in points}


def test_a_cost_that_is_known_for_some_says_for_how_many() -> None:
    page = sample_page()
    first, *others = page.result.systems
    some = replace(first, cost_usd=3.5, n_cost=3500)
    page = replace(page, result=replace(page.result, systems=(some, *others)))
    assert "$1.00 (3,500 of 3,513)" in Document(render(page)).shown
    points, _ = chart_points(page)
    assert next(point.x for point in points if point.label == "best-single") == pytest.approx(1.0)
    few = replace(page, result=replace(page.result, systems=(replace(some, n_cost=3000), *others)))
    assert "best-single" not in {point.label for point in chart_points(few)[0]}


def test_operating_points_are_a_curve_and_a_table_and_no_line_of_the_leaderboard() -> None:
    page = with_curves(sample_page())
    source = render(page)
    assert "<script" not in source.lower()
    board = source[source.index('id="leaderboard"') : source.index('id="cost"')]
    assert "avengers-pro" in board
    assert "avengers-pro [" not in board
    table = source[source.index('aria-label="Operating points table"') : source.index('id="datasets"')]
    points = [line.system for line in page.result.systems if line.name.startswith(("avengers-pro", "routellm"))]
    assert table.count('<th scope="row">') == len(points) == 113
    assert "avengers-pro [0.50]" in table
    assert source.count("avengers-pro [0.50]") == 1, "the chart labels its own point only"

"""What the page says of how surely systems differ."""

from dataclasses import replace

from tasks.report.page import render
from tests.html_document import Document
from tests.sample_page import sample_page


def test_the_page_says_what_the_run_could_see_and_how_surely_systems_differ() -> None:
    page = sample_page(baseline=False)
    told = {"won": 412, "lost": 97, "p_mcnemar": 0.0001, "detectable": 0.021, "finding": "better"}
    pairs = tuple(replace(pair, **told) for pair in page.result.comparisons)
    power = "This run can see a difference to the best single model from 2.1 points on with 80 %"
    shown = Document(render(replace(page, result=replace(page.result, comparisons=pairs, power=power)))).shown
    assert f"{power}." in shown
    assert shown.count("412 : 97") == 1 + len(pairs), "beside the verdict, and in the table of comparisons"

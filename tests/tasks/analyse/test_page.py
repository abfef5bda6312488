"""The ablation page: complete, escaped, self-contained."""

from datetime import datetime
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from profiles.schema import PoolModel
from tasks.analyse.answer import Answers
from tasks.analyse.page import AblationPage, render_ablation
from tasks.analyse.points import Accumulator, study_points
from tasks.analyse.study import Setting, Study
from tests.ablation_world import BASE, POOL, RUN

EVIL = "<script>alert('x')</script>"


def made_study(name, axis=None, series=("",), against_calls=False):
    settings = [Setting(f"{EVIL} {at}", BASE, at + 1.0, one) for one in series for at in range(3)]
    study = Study(name, f"Part {name}", "What it is.", tuple(settings), (f"{EVIL} 0", series[0]), axis, against_calls)
    rng = np.random.default_rng(0)
    answered = []
    for at in range(len(settings)):
        accumulator = Accumulator(40)
        answers = Answers((rng.random(40) < 0.4 + 0.05 * at) * 1.0, np.full(40, 2.0 + at), np.full(40, np.nan))
        accumulator.add(np.arange(40), answers)
        answered.append(accumulator)
    points = study_points(study, answered, np.array(["a", f"b {EVIL}"])[np.arange(40) % 2], 2000)
    return study, points.with_columns(code_version=pl.lit("1"))


def made_page(**changes):
    tested = pl.DataFrame(
        [{"preset": EVIL, "accuracy": 0.613, "ci_low": 0.6, "ci_high": 0.63, "n": 123, "run_id": "r1"}]
    )
    studies = [
        made_study("one", "letters"),
        made_study("two"),
        made_study("three", "calls", ("a", "b"), against_calls=True),
    ]
    given = {"run_id": "r2", "run": RUN.model_copy(update={"title": EVIL}), "pool": POOL, "validation_share": 0.21}
    given |= {"studies": studies, "unshown": {EVIL: "it was not asked"}, "tested": tested}
    return AblationPage(**(given | {"created": datetime(2026, 11, 23)} | changes))


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.links, self.text = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def read():
    reader = Reader()
    html = render_ablation(made_page())
    reader.feed(html)
    return reader, html


def test_nothing_that_came_from_outside_is_markup_and_nothing_is_requested(read):
    reader, html = read
    assert "script" not in reader.tags
    assert EVIL not in html
    assert "default-src 'none'" in html
    assert all(link.startswith("#") and link[1:] in reader.ids for link in reader.links)


def test_a_section_and_charts_for_every_study_and_the_rule_in_words(read):
    reader, html = read
    text = " ".join(" ".join(reader.text).split())
    assert {"one", "two", "three", "summary", "unshown", "test"} <= set(reader.ids)
    assert reader.tags.count("figure") == 4
    assert "Only validation questions" in text
    assert "because it was not asked" in text
    assert "61.3" in text
    assert "r1" in text
    assert "40 validation questions in 2 datasets" in text
    assert "Synthetic" not in text
    assert html == render_ablation(made_page())


def test_simulated_models_are_named_so():
    models = [PoolModel(model_name="m", litellm_params={"model": "synthetic/m"})]
    html = render_ablation(made_page(pool=POOL.model_copy(update={"model_list": models})))
    assert "<title>SYNTHETIC: " in html
    assert "The models are simulated" in html


def test_without_studies_or_test_questions_it_still_is_a_page():
    empty = made_page().tested.clear()
    html = render_ablation(made_page(studies=[], tested=empty))
    assert "no question is in the test part" in html

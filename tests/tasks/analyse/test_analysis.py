"""Analyses come through the door of all plug-ins; the page's order does not depend on how they are found."""

from pathlib import Path

import numpy as np

from profiles.load import load_pool
from tasks.analyse.analysis import Material, analyses, studies_of
from tests.ablation_world import BASE, ENSEMBLE, POOL, RUN, made_matrix

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "analysis.md"

NAMES = ["k", "floor", "n", "prior-1", "prior-7", "posterior", "pool"]
NAMES += ["complementarity", "oracle-by-size", "recall", "recall-failure", "bank", "embedder"]
NAMES += ["data-scaling", "router-embedder", "onboarding", "route", "cost"]
NAMES += ["r", "N", "dropping", "aggregate-weight", "stop"]
ASKED = ["coefficient", "asked-N", "asked-r", "asked-dropping", "asked-posterior"]


def material(pool=POOL):
    return Material(RUN, pool, made_matrix(), BASE, ENSEMBLE, BASE.model_copy(update={"prior": "weighted"}))


def test_the_page_keeps_its_order_and_asks_only_where_somebody_aggregates():
    assert [study.name for study in studies_of(material())] == NAMES
    names = [study.name for study in studies_of(material(load_pool("synthetic")))]
    assert [name for name in names if name not in NAMES] == ASKED
    assert names[-len(ASKED) :] == ASKED


def test_every_study_has_its_base_among_its_settings_and_a_name_of_its_own():
    studies = studies_of(material(load_pool("synthetic")))
    assert len({study.name for study in studies}) == len(studies)
    for study in studies:
        assert study.settings[study.base_at].label == study.base[0]
        assert len({(one.label, one.series) for one in study.settings}) == len(study.settings), study.name


def test_the_page_that_tells_how_to_add_one_runs_and_its_study_is_answered(harness, monkeypatch):
    monkeypatch.setattr(analyses, "_entries", dict(analyses._entries))
    exec(PAGE.read_text().split("```python\n")[1].split("```")[0], {})
    assert "strictness" in analyses.names()
    study = studies_of(material())[-1]
    assert study.name == "strictness"
    answered = harness.answered(study)
    assert len(answered) == 3
    assert all(np.isfinite(one.means[0]).any() for one in answered)

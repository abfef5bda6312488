"""A service that routes by itself stands beside the routers by its own answers, and is nobody's candidate."""

from pathlib import Path

import numpy as np
import pytest

from profiles.outcomes import load_outcomes
from profiles.schema import RunProfile
from tasks.ingest.ingest import ingest_source
from tasks.init.release import settings_of
from tasks.measure.external import external_routers
from tests.result_tree import record, result

SCORES = [1.0, 0.0, 0.5, 1.0, None, 0.0]  # of the service; of the last question there is no record
COSTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


@pytest.fixture
def release(home: Path, tmp_path: Path) -> Path:
    """Two models with a record of seven questions, and what OpenRouter got on six of them."""
    for model in ("one", "two"):
        result(tmp_path, "gpqa", "test", model, [record(index) for index in range(1, 8)])
    said = [record(at, score=score, cost=cost) for at, (score, cost) in enumerate(zip(SCORES, COSTS, strict=True), 1)]
    result(tmp_path, "gpqa", "test", "openrouter", said)
    ingest_source("llmrouterbench", str(tmp_path), {}, "run-1")
    return tmp_path


def profile(**more: object) -> RunProfile:
    told = {"title": "t", "source": "llmrouterbench", "datasets": ["gpqa"], "pool": "p", "score_mode": "recorded"}
    return RunProfile.model_validate(told | more)


def found(run: RunProfile, taken: tuple[str, ...] = (), models: tuple[str, ...] = ("one", "two")):
    matrix = load_outcomes(run.datasets, ["one", "two"], run.score_mode, {})
    order = np.argsort([int(key) for key in matrix.questions["source_key"]])[::-1]  # any order, the last one first
    tested = np.array([[True] * 7, [True, False, True, True, True, True, False]])
    return external_routers(run, models, matrix.question_ids[order], tested, taken)


def test_its_recorded_answers_are_a_system_with_its_own_cost(release: Path) -> None:
    ((system, one),), gaps = found(profile())
    assert (system.kind, system.label, one.role, gaps) == ("router", "openrouter", "system", [])
    scores, costs = (np.array([np.nan, *values[::-1]], dtype=float) for values in (SCORES, COSTS))
    np.testing.assert_array_equal(one.scores[0], scores)
    np.testing.assert_array_equal(one.costs[0], costs)
    np.testing.assert_array_equal(one.scores[1], [np.nan, np.nan, *scores[2:6], np.nan])
    np.testing.assert_array_equal(one.calls, [[1] * 7, [1, np.nan, 1, 1, 1, 1, np.nan]])


def test_a_name_that_is_taken_is_told_apart_and_a_model_of_the_pool_is_no_service(release: Path) -> None:
    ((system, one),), _ = found(profile(), taken=("openrouter",))
    assert system.label == one.system == "openrouter (service)"
    assert found(profile(), models=("one", "openrouter")) == ([], [])


def test_one_that_is_asked_for_and_never_answered_is_a_gap(release: Path) -> None:
    services, gaps = found(profile(external_routers=["lost", "openrouter"]))
    assert [system.label for system, _ in services] == ["openrouter"]
    assert [(gap.name, gap.n, gap.n_expected) for gap in gaps] == [("lost", 0, 7)]
    assert found(profile(external_routers=[])) == ([], [])


def test_answers_that_nobody_judged_are_a_gap_and_never_silence(home: Path, tmp_path: Path) -> None:
    for model in ("one", "two"):
        result(tmp_path, "gpqa", "test", model, [record(index) for index in range(1, 8)])
    result(tmp_path, "gpqa", "test", "openrouter", [record(index, score=None) for index in range(1, 7)])
    ingest_source("llmrouterbench", str(tmp_path), {}, "run-1")
    services, (gap,) = found(profile())
    assert (services, gap.name, gap.n, gap.n_expected) == ([], "openrouter", 0, 7)
    assert gap.reason == "none of its answers here has a verdict; `concertino score` judges what was collected"


def test_a_profile_made_of_a_release_does_not_choose_it(release: Path) -> None:
    assert [setting.models for setting in settings_of(release)] == [["one", "two"]]

"""A dataset without a verdict is named with the reason."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from profiles.load import load_run
from profiles.registry import BASELINES, offered
from tasks.measure.unscored import left_out, stale, unscored, wider
from tasks.score.sandbox.run import sandbox
from tests.fill import MOMENT, fill

QUESTIONS = pl.DataFrame(
    [("mbpp", "test", "python_tests")] * 3 + [("essays", "", None), ("sums", "a", "math"), ("sums", "b", "math")],
    schema={"dataset": pl.String, "variant": pl.String, "scorer": pl.String},
    orient="row",
)


@pytest.fixture
def without_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine where no `bwrap` is on the path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.cache_clear()
    yield
    sandbox.cache_clear()


@pytest.mark.usefixtures("without_bubblewrap")
def test_a_dataset_left_out_for_want_of_a_sandbox_says_how_to_get_one() -> None:
    (gap,) = unscored(["mbpp"], QUESTIONS.filter(dataset="mbpp"), np.array([]))
    assert (gap.kind, gap.name, gap.n, gap.n_expected) == ("dataset", "mbpp", 0, 3)
    assert "apt-get install bubblewrap" in gap.reason


def test_what_has_a_verdict_is_no_gap_and_a_pattern_without_a_dataset_is() -> None:
    gaps = unscored(["*s", "mbpp/test", "sums/b", "nowhere-*"], QUESTIONS, np.array(["mbpp"]))
    told = {gap.name: gap.reason for gap in gaps}
    assert set(told) == {"essays", "sums", "nowhere-*"}
    assert "names no scorer" in told["essays"]
    assert "concertino score" in told["sums"]
    assert "no question is of such a dataset" in told["nowhere-*"]


def test_a_preset_that_chose_among_models_that_are_left_out_is_named() -> None:
    heard = pl.DataFrame({"preset": ["smcs", "smcs", "majority-7"], "model": ["half", "kept", "kept"]})
    [gap] = wider(["majority-7", "smcs"], heard, ["kept"])
    assert (gap.kind, gap.name) == ("system", "smcs")
    assert "answers of half, too" in gap.reason
    assert wider(["majority-7", "smcs"], heard, ["kept", "half"]) == []


def test_what_every_evaluation_shows_is_named_where_it_is_left_out() -> None:
    run, shown = load_run("demo"), set(offered(BASELINES))
    assert left_out(run, "r", run.presets, shown) == []
    preset, baseline = left_out(run, "r", run.presets[1:], shown - {"cheapest"})
    assert (preset.kind, preset.name) == ("preset", run.presets[0])
    assert "concertino collaborate --profile demo --run-id r" in preset.reason
    assert (baseline.kind, baseline.name) == ("baseline", "cheapest")
    assert "cost" in baseline.reason


def test_a_model_that_is_shown_by_earlier_answers_alone_is_named(home: Path) -> None:
    call = {"run_id": "night", "purpose": "answer", "started_at": MOMENT}
    fill(
        call=[
            call | {"call_id": "1", "request_key": "1", "asked_model": "down", "error_kind": "timeout"},
            call | {"call_id": "2", "request_key": "2", "asked_model": "up", "error_kind": "timeout"},
            call | {"call_id": "3", "request_key": "3", "asked_model": "up"},
            call | {"call_id": "4", "request_key": "4", "asked_model": "judge", "error_kind": "auth"},
            call | {"call_id": "5", "request_key": "5", "asked_model": "filtered", "error_kind": "content_filter"},
            call | {"call_id": "6", "request_key": "6", "asked_model": "down", "error_kind": "content_filter"},
        ]
    )
    [gap] = stale("night", ["down", "up", "filtered"])
    assert (gap.kind, gap.name) == ("model", "down")
    assert gap.reason == (
        "in this run none of its requests was answered (1 content_filter, 1 timeout); what it answered before is shown"
    )
    assert stale("the night before", ["down", "up"]) == []

"""Who chose on which part of the split, and what choosing on the test part changes."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from profiles.load import load_router, router_names
from tasks.route.checks import sample_train
from tasks.route.chosen import chosen_of, chosen_on
from tasks.route.contract import nobody_listens
from tasks.route.fit import fit
from tasks.route.policies import PolicyKey
from tasks.route.registry import router_of, routers
from tests.tasks.report.test_routing import line
from warehouse.writer import land, load_landing


@pytest.mark.parametrize(
    ("kind", "name", "options", "part"),
    [
        ("baseline", "best-single", "{}", "train"),
        ("baseline", "oracle", "{}", "test"),
        ("baseline", "dataset-oracle", None, "test"),
        ("baseline", "random", "{}", None),
        ("baseline", "of-a-package", "{}", None),
        ("baseline", "shuffled-labels", "{}", "train"),
        ("router", "knn", "{}", "train"),
        ("router", "carrot", "{}", "validation"),
        ("router", "embedllm", "{}", "validation"),
        ("router", "embedllm", '{"chosen_on": "test"}', "test"),
        ("router", "embedllm", '{"chosen_on": "tomorrow"}', None),
        ("router", "guarded", '{"router": "embedllm", "version": "1"}', "validation"),
        ("router", "gone", "{}", None),
        ("router", "knn", None, None),  # a service of that name
        ("preset", "full", None, "train"),
        ("model", "gpt", None, None),
    ],
)
def test_a_system_says_on_which_part_it_was_chosen(kind: str, name: str, options: str | None, part: str | None) -> None:
    assert chosen_on(kind, name, options) == part


def test_a_run_says_what_it_was_fitted_with_and_not_what_its_settings_have_become(home: Path) -> None:
    def routed(name: str, options: str, hour: int) -> None:
        key = PolicyKey("snap", "common", "split", "parts", "embedllm", "1", options, hour)
        own = {"run_id": "run", "policy_id": key.policy_id, "system": name, "point": "", "cost_weight": 0.0}
        land("policy", key.row({}, None))
        land("run_policy", pl.DataFrame([own | {"position": 0, "created_at": datetime(2026, 11, 28, hour)}]))

    routed("mine", "{}", 1)
    routed("mine", '{"chosen_on": "test"}', 2)
    routed("embedllm", '{"epochs": 3}', 2)
    load_landing()
    lines = [line(name, 0.5) for name in ("mine", "embedllm", "knn")]
    assert chosen_of("run", lines) == {"mine": "test", "embedllm": "validation"}


def test_a_guarded_router_says_what_the_one_within_says() -> None:
    kind = routers.get("guarded")
    assert kind(kind.Options.model_validate({"router": "embedllm"})).chosen_on == "validation"
    with pytest.raises(ValidationError, match="what chooses on the test part is not guarded"):
        kind.Options.model_validate({"router": "embedllm", "options": {"chosen_on": "test"}})


def test_what_was_fitted_before_there_was_a_choice_is_not_fitted_anew() -> None:
    kind = routers.get("embedllm")
    assert "chosen_on" not in kind.Options().model_dump()
    assert kind.Options.model_validate({"chosen_on": "test"}).model_dump()["chosen_on"] == "test"


def test_no_setting_that_comes_with_the_project_chooses_on_the_test_part() -> None:
    assert {router_of(load_router(name)).chosen_on for name in router_names()} == {"train", "validation"}


@pytest.mark.parametrize("name", [name for name in routers.names() if routers.get(name)().chosen_on == "train"])
def test_a_router_that_chooses_on_train_does_not_look_at_which_questions_are_validation(name: str) -> None:
    train = sample_train()
    marked = replace(train, validation=np.arange(60) % 3 == 0)
    one, other = (
        routers.get(name)().fit(of, nobody_listens).predict(sample_train(n=12, seed=1).inputs).score
        for of in (train, marked)
    )
    assert np.array_equal(one, other, equal_nan=True)


def test_with_the_published_defect_the_epoch_is_the_best_on_the_test_part() -> None:
    train = sample_train(n=120)
    parts = np.where(np.arange(120) % 3 == 2, "test", "train")
    kind = routers.get("embedllm")

    def epoch(part: str, test_scores: np.ndarray) -> int:
        options = kind.Options.model_validate({"chosen_on": part, "epochs": 60, "patience": 60, "rate": 0.05})
        scores = np.where((parts == "test")[:, None], test_scores, train.known.score)
        policy = fit(kind(options), replace(train.known, score=scores), train.inputs, parts, {}, 0).policy
        return int(policy.parameters["epoch"])

    scores = train.known.score
    assert epoch("validation", scores) == epoch("validation", 1 - scores)
    assert epoch("test", scores) != epoch("test", 1 - scores)

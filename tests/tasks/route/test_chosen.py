"""Who chose on which part of the split, and what choosing on the test part changes."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from profiles.load import router_names
from tasks.route.checks import sample_train
from tasks.route.chosen import chosen_on
from tasks.route.contract import nobody_listens
from tasks.route.fit import fit
from tasks.route.registry import routers


@pytest.mark.parametrize(
    ("kind", "name", "part"),
    [
        ("baseline", "best-single", "train"),
        ("baseline", "oracle", "test"),
        ("baseline", "dataset-oracle", "test"),
        ("baseline", "random", None),
        ("baseline", "of-a-package", None),
        ("baseline", "shuffled-labels", "train"),
        ("router", "knn", "train"),
        ("router", "carrot", "validation"),
        ("router", "embedllm", "validation"),
        ("router", "gone", None),
        ("preset", "full", "train"),
        ("model", "gpt", None),
    ],
)
def test_a_system_says_on_which_part_it_was_chosen(kind: str, name: str, part: str | None) -> None:
    assert chosen_on(kind, name) == part


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
    assert {chosen_on("router", name) for name in router_names()} == {"train", "validation"}


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

"""What every router must keep, as plain functions that fail with an AssertionError: for its author's own tests.

@pytest.mark.parametrize("check", CHECKS)
def test_steady(check):
    check(Steady)
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from profiles.arrays import Vectors
from profiles.outcomes import OutcomeMatrix
from tasks.route.contract import Inputs, Point, Policy, Prediction, Router, Train, choose, nobody_listens
from tasks.route.fit import fit, points_of

Kind = type[Router[Any]]


def train_of(
    vectors: np.ndarray,
    scores: np.ndarray,
    costs: np.ndarray | None = None,
    datasets: np.ndarray | None = None,
    seed: int = 0,
) -> Train:
    """What a router learns from, made by hand.

    Args:
        vectors: (n, D), of any length.
        scores: (n, M) in [0, 1], NaN where unknown.
        costs: (n, M) USD; all unknown where it is not given.
        datasets: (n,) text; one dataset where it is not given.
        seed: of the router's draws.
    """
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    inputs = Inputs([f"question {at}" for at in range(len(unit))], unit.astype(np.float32), partial(_said, *unit.shape))
    known = _matrix(scores, np.full(scores.shape, np.nan) if costs is None else costs, datasets)
    return Train(known, inputs, np.zeros(len(unit), dtype=bool), {}, seed)


def sample_train(n: int = 60, n_model: int = 3, seed: int = 0, missing: float = 0.0) -> Train:
    """Random questions of two datasets; scores are fractions, so that no two models are equally good by accident.

    Args:
        n: questions.
        n_model: models.
        seed: of everything drawn.
        missing: share of scores and costs that is unknown.
    """
    generator = np.random.default_rng(seed)
    shape = (n, n_model)
    vectors, scores, costs = generator.normal(size=(n, 8)), generator.random(shape), generator.random(shape)
    scores[generator.random(shape) < missing] = np.nan
    costs[generator.random(shape) < missing] = np.nan
    return train_of(vectors, scores, costs, np.array(["a", "b"])[np.arange(n) % 2], seed)


def check_same_seed_same_prediction(kind: Kind) -> None:
    """Two fits with one seed predict the same."""
    _assert_same(_predicted(kind, sample_train()), _predicted(kind, sample_train()), "two fits with one seed differ")


def check_saved_and_loaded_predicts_the_same(kind: Kind) -> None:
    """A policy is the same after `save` and `load`, and so are its decisions."""
    policy, asked = _fitted(kind, sample_train()), _asked()
    with TemporaryDirectory() as folder:
        policy.save(Path(folder))
        loaded = kind.policy.load(Path(folder))
    before, after = policy.predict(asked), loaded.predict(asked)
    _assert_same(before, after, "a policy that was saved and loaded predicts something else")
    assert loaded.points == policy.points, "a policy that was saved and loaded has other operating points"
    for point in (*policy.points, Point("cheap", 0.5)):
        chosen = [one.decide(before, point).chosen.tolist() for one in (policy, loaded)]
        assert chosen[0] == chosen[1], f"a policy that was saved and loaded decides otherwise at {point}"
    assert loaded.parameters == policy.parameters, "a policy that was saved and loaded has other parameters"


def check_shapes_and_whom_it_asks(kind: Kind) -> None:
    """(Q, M) predictions without infinities; at every operating point the chosen model is asked."""
    policy, asked = _fitted(kind, sample_train()), _asked()
    found = policy.predict(asked)
    for name, one in zip(Prediction._fields[:2], found[:2], strict=True):
        assert one.shape == (len(asked.texts), 3), f"predicted {name} has shape {one.shape}, not (Q, M)"
        assert not np.isinf(one).any(), f"predicted {name} is infinite"
    for point in points_of(policy, kind.__name__):
        chosen, whom = policy.decide(found, point)
        assert whom.shape == found.score.shape, f"asked has shape {whom.shape}, not (Q, M)"
        assert whom.any(axis=1).all(), "a question is not decided: nobody is asked"
        assert whom[:, list(policy.heard)].all(), "a model whose answer is looked at is not asked"
        standing = chosen >= 0
        assert whom[standing, chosen[standing]].all(), "a model whose answer stands is not asked"


def check_points_do_not_depend_on_the_seed(kind: Kind) -> None:
    """Every seed's policy has the same operating points: a curve's point is a mean over the seeds."""
    names = [[one.name for one in points_of(_fitted(kind, sample_train(seed=seed)), kind.__name__)] for seed in (0, 1)]
    assert names[0] == names[1], "two seeds have operating points of other names"


def check_one_question_says_nothing_of_another(kind: Kind) -> None:
    """What is predicted for a question depends on no other question that is asked with it."""
    policy, asked = _fitted(kind, sample_train()), _asked()
    whole = policy.predict(asked)
    alone = policy.predict(asked.rows(np.array([3])))
    shares = None if whole.shares is None else whole.shares[[3]]
    mine = Prediction(whole.score[[3]], whole.cost[[3]], shares)
    _assert_same(mine, alone, "a question alone is predicted otherwise")


def check_order_of_models_is_irrelevant(kind: Kind) -> None:
    """Another order of the pool permutes the predictions and changes nothing else."""
    train, order = sample_train(), [2, 0, 1]
    other = Train(train.known.only([train.known.models[at] for at in order]), train.inputs, train.validation, {}, 0)
    score, cost, shares = _predicted(kind, train)
    expected = Prediction(score[:, order], cost[:, order], shares)
    _assert_same(expected, _predicted(kind, other), "another order of the models changes the prediction")


def check_the_order_of_models_settles_no_tie(kind: Kind) -> None:
    """Where scores are 0 or 1 and ties many, another order of the pool asks the same models."""
    generator = np.random.default_rng(0)
    scores = (generator.random((120, 4)) < [0.45, 0.6, 0.5, 0.55]).astype(np.float64)
    train = train_of(
        generator.normal(size=(120, 8)), scores, generator.random((120, 4)), np.array(["a", "b"])[np.arange(120) % 2]
    )
    asked, chosen = sample_train(n=60, seed=1).inputs, []
    for order in ([0, 1, 2, 3], [2, 0, 3, 1]):
        known = train.known.only([train.known.models[at] for at in order])
        policy = _fitted(kind, replace(train, known=known))
        place = policy.decide(policy.predict(asked), Point()).chosen
        chosen.append(np.array(known.models)[place])
    assert (chosen[0] == chosen[1]).all(), "another order of the models settles a tie otherwise"


def check_never_sees_the_test_part(kind: Kind) -> None:
    """Other scores and costs of test questions change no prediction."""
    train = sample_train(n=80)
    parts = np.where(np.arange(80) % 4 == 3, "test", np.where(np.arange(80) % 4 == 2, "validation", "train"))
    poisoned = np.where((parts == "test")[:, None], 1.0 - train.known.score, train.known.score)
    others = _matrix(
        poisoned, train.known.cost_usd * np.where(parts == "test", 9.0, 1.0)[:, None], train.known.datasets
    )
    found, again = (fit(kind(), one, train.inputs, parts, {}, 0).prediction for one in (train.known, others))
    _assert_same(found, again, "scores of test questions change the prediction")


def check_unknown_scores_and_costs(kind: Kind) -> None:
    """Missing scores are not wrong answers, and unknown costs are not free."""
    _predicted(kind, sample_train(missing=0.3))
    train = sample_train()
    free = Train(
        _matrix(train.known.score, np.full((60, 3), np.nan), train.known.datasets),
        train.inputs,
        train.validation,
        {},
        0,
    )
    found = _predicted(kind, free)
    assert np.isnan(found.cost).all(), "a cost is predicted where none is known"
    assert not np.isnan(found.score).all(axis=1).any(), "without costs no score is predicted"


def check_asks_nobody_of_whom_next_to_nothing_is_known(kind: Kind) -> None:
    """A model with a few easy questions is not chosen."""
    generator = np.random.default_rng(0)
    scores = np.column_stack([np.full(40, np.nan), generator.random(40), np.full(40, np.nan)])
    scores[::8, 0] = 1.0
    train = train_of(generator.normal(size=(40, 8)), scores, np.ones((40, 3)))
    chosen = choose(_fitted(kind, train).predict(train.inputs))
    assert set(chosen.tolist()) == {1}, "a model of which next to nothing is known is chosen"


def check_one_model_and_one_question(kind: Kind) -> None:
    """A pool of one model, and a train part of one question."""
    assert _predicted(kind, sample_train(n_model=1)).score.shape == (12, 1)
    assert _predicted(kind, sample_train(n=1)).score.shape == (12, 3)


CHECKS: tuple[Callable[[Kind], None], ...] = (
    check_same_seed_same_prediction,
    check_saved_and_loaded_predicts_the_same,
    check_shapes_and_whom_it_asks,
    check_points_do_not_depend_on_the_seed,
    check_one_question_says_nothing_of_another,
    check_order_of_models_is_irrelevant,
    check_the_order_of_models_settles_no_tie,
    check_never_sees_the_test_part,
    check_unknown_scores_and_costs,
    check_asks_nobody_of_whom_next_to_nothing_is_known,
    check_one_model_and_one_question,
)


def _matrix(scores: np.ndarray, costs: np.ndarray, datasets: np.ndarray | None) -> OutcomeMatrix:
    n, m = scores.shape
    questions = {"question_id": [f"q{at}" for at in range(n)], "dataset": ["d"] * n if datasets is None else datasets}
    return OutcomeMatrix.of(pl.DataFrame(questions), [f"m{at}" for at in range(m)], score=scores, cost_usd=costs)


def _said(n: int, d: int, model: str) -> np.ndarray:
    """What a model answered, made up: (n, d) unit vectors."""
    vectors = np.random.default_rng(list(model.encode())).normal(size=(n, d))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _asked() -> Inputs:
    return sample_train(n=12, seed=1).inputs


def _fitted(kind: Kind, train: Train) -> Policy:
    return kind().fit(train, nobody_listens)


def _predicted(kind: Kind, train: Train) -> Prediction:
    return _fitted(kind, train).predict(_asked())


def _assert_same(one: Prediction, other: Prediction, otherwise: str) -> None:
    for left, right in zip(_arrays(one), _arrays(other), strict=True):
        assert left.shape == right.shape, otherwise
        assert np.allclose(left, right, rtol=1e-4, atol=1e-6, equal_nan=True), otherwise


def _arrays(prediction: Prediction) -> list[np.ndarray]:
    return [one for one in prediction if one is not None]

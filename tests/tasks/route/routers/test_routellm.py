from math import exp

import numpy as np
import pytest

from tasks.route.checks import sample_train, train_of
from tasks.route.contract import choose
from tasks.route.routers.routellm import RouteLLM, RouteLLMOptions
from tests.topic_world import share_of_experts, topics
from warehouse.errors import UserError


def fitted(train, **options):
    return RouteLLM(RouteLLMOptions(**options)).fit(train, lambda done, of: None)


def slow_score(policy, question, model):
    """Mean over the others of sigmoid(v · [(p_a - p_b) ⊙ q])."""
    won = []
    for other in range(len(policy.tastes)):
        if other != model:
            differences = policy.tastes[model] - policy.tastes[other]
            won.append(1 / (1 + exp(-sum(a * b for a, b in zip(differences, question, strict=True)))))
    return sum(won) / len(won)


def test_equals_the_formula_written_as_loops():
    policy, asked = fitted(sample_train(), epochs=3), sample_train(n=4, seed=1).inputs
    slow = [[slow_score(policy, question, model) for model in range(3)] for question in asked.vectors]
    assert policy.predict(asked).score == pytest.approx(np.array(slow), abs=1e-5)


def test_learns_who_knows_a_topic():
    train, asked, expert = topics()
    assert share_of_experts(fitted(train), asked, expert) > 0.95


def test_between_two_models_nobody_else_is_asked_and_the_better_one_is():
    train, asked, expert = topics(cost=[0.5, 0.1, 0.2])
    policy = fitted(train, lifted=False, strong="m2", weak="m0")
    chosen = choose(policy.predict(asked))
    assert set(chosen) == {0, 2}
    assert (chosen == expert)[expert != 1].mean() > 0.9
    assert policy.parameters["models"] == 2


def test_the_strong_one_is_the_best_and_the_weak_one_the_best_of_the_cheaper():
    scores = np.tile([0.7, 0.9, 0.5, 0.4], (20, 1))
    vectors = np.random.default_rng(0).normal(size=(20, 4))
    for costs, pair in ((np.tile([0.9, 0.5, 0.1, 0.2], (20, 1)), [1, 2]), (None, [0, 1])):
        policy = fitted(train_of(vectors, scores, costs), lifted=False, epochs=1)
        assert np.flatnonzero(~np.isnan(policy.tastes[:, 0])).tolist() == pair


def test_a_model_that_is_not_in_the_pool_cannot_be_the_weak_one():
    with pytest.raises(UserError, match="no model 'm7' in the pool"):
        fitted(sample_train(), lifted=False, weak="m7")

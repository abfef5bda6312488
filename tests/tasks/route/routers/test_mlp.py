from math import exp

import numpy as np
import pytest

from tasks.route.checks import sample_train, train_of
from tasks.route.routers.mlp import Mlp, MlpOptions
from tests.topic_world import share_of_experts, topics


def fitted(train, **options):
    return Mlp(MlpOptions(**options)).fit(train, lambda done, of: None)


def slow_score(policy, question, model):
    """The network, one number at a time."""
    total = policy.offset[model]
    for h, bias in enumerate(policy.bias):
        unit = bias + sum(policy.hidden[d, h] * number for d, number in enumerate(question))
        total += policy.out[h, model] * max(unit, 0.0)
    return 1 / (1 + exp(-total))


def test_equals_the_formula_written_as_loops():
    policy, asked = fitted(sample_train(), epochs=3, width=5), sample_train(n=4, seed=1).inputs
    slow = [[slow_score(policy, question, model) for model in range(3)] for question in asked.vectors]
    assert policy.predict(asked).score == pytest.approx(np.array(slow), abs=1e-5)


def test_learns_who_knows_a_topic():
    train, asked, expert = topics()
    assert share_of_experts(fitted(train, rate=0.01), asked, expert) > 0.95


def test_learns_what_no_plane_tells():
    """Who is right is whether two coordinates have one sign; a linear probe is right on half."""
    generator = np.random.default_rng(0)
    sign = generator.choice([-1.0, 1.0], (400, 2))
    alike = sign[:, 0] == sign[:, 1]
    train = train_of(sign + generator.normal(size=(400, 2)) * 0.1, np.column_stack([alike, ~alike]).astype(float))
    found = fitted(train, rate=0.02, dropout=0.0, width=16, patience=30).predict(train.inputs).score
    assert ((found[:, 0] > found[:, 1]) == alike).mean() > 0.95

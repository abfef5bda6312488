from math import exp

import numpy as np
import pytest

from tasks.route.checks import sample_train
from tasks.route.contract import Point
from tasks.route.routers.hybridllm_frozen import HybridLLM, HybridLLMOptions, suffices
from tests.topic_world import topics


def fitted(train, **options):
    return HybridLLM(HybridLLMOptions(**options)).fit(train, lambda done, of: None)


def test_equals_the_formula_written_as_loops():
    policy, asked = fitted(sample_train(), strong="m2", weak="m0"), sample_train(n=4, seed=1).inputs
    for question, said in zip(asked.vectors, policy.predict(asked).score, strict=True):
        logit = sum(a * b for a, b in zip(question, policy.weights, strict=True)) + policy.offset[0]
        weak = 1 / (1 + exp(-logit))
        assert said == pytest.approx([weak, np.nan, 1 - weak], nan_ok=True)


def test_sends_what_the_weak_one_can_do_to_it():
    train, asked, expert = topics(n_topic=2)
    policy = fitted(train, strong="m0", weak="m1")
    prediction = policy.predict(asked)
    chosen = policy.decide(prediction, Point()).chosen
    assert (chosen == expert).mean() > 0.95
    shares = [policy.decide(prediction, point).chosen.mean() for point in policy.points[1:]]
    assert shares == sorted(shares)
    assert shares[0] < 0.3
    assert shares[-1] > 0.7


def test_labels_are_hard_or_soft_or_balanced():
    strong, weak = np.array([1, 1, 0, 0.5, 1, np.nan]), np.array([1, 0, 0, 0.25, 0.75, 1])
    assert suffices(strong, weak, "hard", 0.0) == pytest.approx([1, 0, 1, 0, 0, np.nan], nan_ok=True)
    assert suffices(strong, weak, "hard", 0.25) == pytest.approx([1, 0, 1, 1, 1, np.nan], nan_ok=True)
    assert suffices(strong, weak, "soft", 0.0) == pytest.approx([1, 0, 1, 0.625, 0.75, np.nan], nan_ok=True)
    spread = np.linspace(0.1, 1, 10)
    assert suffices(spread, np.zeros(10), "transformed", 0.0).tolist() == [1] * 5 + [0] * 5
    unknown = np.full(10, np.nan)
    found = suffices(np.append(spread, unknown), np.zeros(20), "transformed", 0.0)
    assert found == pytest.approx([1] * 5 + [0] * 5 + [np.nan] * 10, nan_ok=True)

from math import exp

import numpy as np
import pytest

from tasks.route.checks import sample_train
from tasks.route.routers.embedllm import EmbedLLM, EmbedLLMOptions
from tests.topic_world import share_of_experts, topics


def fitted(train, **options):
    return EmbedLLM(EmbedLLMOptions(**options)).fit(train, lambda done, of: None)


def slow_score(policy, question, model):
    """Softmax over wrong and right of L(p ⊙ Wq), one number at a time."""
    logits = []
    for kind in (0, 1):
        total = policy.offsets[kind]
        for at in range(len(policy.shift)):
            projected = sum(policy.projection[at, d] * question[d] for d in range(len(question))) + policy.shift[at]
            total += policy.classes[kind, at] * policy.models[model, at] * projected
        logits.append(total)
    return exp(logits[1]) / (exp(logits[0]) + exp(logits[1]))


def test_equals_the_formula_written_as_loops():
    policy, asked = fitted(sample_train(), epochs=3, width=5), sample_train(n=4, seed=1).inputs
    slow = [[slow_score(policy, question, model) for model in range(3)] for question in asked.vectors]
    assert policy.predict(asked).score == pytest.approx(np.array(slow), abs=1e-5)


def test_learns_who_knows_a_topic():
    train, asked, expert = topics(cost=[0.5, 0.1, 0.2])
    policy = fitted(train, rate=0.01)
    assert share_of_experts(policy, asked, expert) > 0.95
    assert policy.predict(asked).cost == pytest.approx(np.tile([0.5, 0.1, 0.2], (60, 1)))


def test_half_right_is_wrong_in_the_published_setting():
    train = sample_train()
    train.known.score[:] = 0.5
    scores = [
        fitted(train, labels=labels, epochs=30, rate=0.01).predict(train.inputs).score.mean()
        for labels in ("no", "down")
    ]
    assert scores[0] == pytest.approx(0.5, abs=0.1)
    assert scores[1] < 0.3


def test_noise_in_predictions_is_the_same_for_a_question_whenever_it_is_asked():
    train, asked = sample_train(), sample_train(n=4, seed=1).inputs
    noisy, plain = fitted(train, epochs=3, noisy_predictions=True), fitted(train, epochs=3)
    once, alone = noisy.predict(asked).score, noisy.predict(asked.rows(np.array([2]))).score
    assert once[[2]] == pytest.approx(alone)
    assert not np.allclose(once, plain.predict(asked).score)

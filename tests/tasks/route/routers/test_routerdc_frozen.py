from math import exp, log, sqrt

import numpy as np
import pytest

from tasks.route.checks import sample_train
from tasks.route.routers.routerdc_frozen import RouterDC, RouterDCOptions, contrast, contrasts
from tests.topic_world import share_of_experts, topics


def fitted(train, **options):
    return RouterDC(RouterDCOptions(**options)).fit(train, lambda done, of: None)


def slow_score(policy, question, model):
    """Half of 1 + the cosine of the mapped question and the model's vector, one number at a time."""
    mapped = [sum(row[d] * question[d] for d in range(len(question))) for row in policy.projection]
    own = policy.models[model]
    inner = sum(a * b for a, b in zip(mapped, own, strict=True))
    return (1 + inner / sqrt(sum(a * a for a in mapped)) / sqrt(sum(b * b for b in own))) / 2


def test_equals_the_formula_written_as_loops():
    policy, asked = fitted(sample_train(), epochs=3), sample_train(n=4, seed=1).inputs
    slow = [[slow_score(policy, question, model) for model in range(3)] for question in asked.vectors]
    assert policy.predict(asked).score == pytest.approx(np.array(slow), abs=1e-5)


def test_learns_who_knows_a_topic():
    train, asked, expert = topics(cost=[0.5, 0.1, 0.2])
    policy = fitted(train, rate=0.01)
    assert share_of_experts(policy, asked, expert) > 0.95
    assert policy.predict(asked).cost == pytest.approx(np.tile([0.5, 0.1, 0.2], (60, 1)))


def test_a_question_is_drawn_to_its_best_models_and_driven_from_its_worst():
    scores = np.array(
        [[1.0, 0.9, 0.6, 0.2, 0.0], [1, 1, 1, 0, 0], [0.0, 0.0, 0.0, 0.0, 0.0], [0.3, np.nan, 0.9, 1, 0.8]]
    )
    pulled, pushed = contrasts(scores, top=2, bottom=2)
    assert pulled.astype(int).tolist() == [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [0] * 5, [0, 0, 1, 1, 0]]
    assert pushed.astype(int).tolist() == [[0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [1] * 5, [1, 0, 0, 0, 0]]


def test_the_loss_equals_the_formula_written_as_loops():
    import torch

    generator = np.random.default_rng(0)
    asked, models, temperature = generator.normal(size=(5, 4)), generator.normal(size=(6, 4)), 0.7
    pulled, pushed = contrasts(generator.random((5, 6)), top=3, bottom=3)
    pushed[4] = False

    def cosine(one, other):
        return one @ other / sqrt(one @ one) / sqrt(other @ other) / temperature

    lost = []
    for question, near, far in zip(asked, pulled, pushed, strict=True):
        rest = sum(exp(cosine(question, models[m])) for m in range(6) if far[m])
        for m in range(6):
            if near[m] and far.any():
                own = exp(cosine(question, models[m]))
                lost.append(-log(own / (own + rest)))
    found = contrast(*(torch.from_numpy(one) for one in (asked, models, pulled, pushed)), temperature)
    assert float(found) == pytest.approx(np.mean(lost))

from math import exp

import numpy as np
import pytest

from tasks.route.checks import sample_train, train_of
from tasks.route.routers.modelsat_frozen import ModelSat, ModelSatOptions
from tests.topic_world import share_of_experts, topics


def fitted(train, **options):
    return ModelSat(ModelSatOptions(**options)).fit(train, lambda done, of: None)


def slow_score(policy, question, model):
    """Logistic model of the question, the card and every product of their entries, one number at a time."""
    card = policy.cards[model]
    total = policy.offset[0] + sum(a * b for a, b in zip(policy.card, card, strict=True))
    for d, number in enumerate(question):
        total += policy.question[d] * number
        total += sum(policy.product[d, c] * number * card[c] for c in range(len(card)))
    return 1 / (1 + exp(-total))


def test_equals_the_formula_written_as_loops():
    policy, asked = fitted(sample_train(), epochs=3), sample_train(n=4, seed=1).inputs
    slow = [[slow_score(policy, question, model) for model in range(3)] for question in asked.vectors]
    assert policy.predict(asked).score == pytest.approx(np.array(slow), abs=1e-5)


def test_a_card_is_the_accuracy_in_each_dataset_less_the_pools():
    scores = np.array([[1, 0.5], [1, 0], [0, 1], [0.2, 0.6], [0, np.nan]])
    train = train_of(np.eye(5), scores, datasets=np.array(["a", "a", "b", "b", "b"]))
    mean = np.array([0.625, (0.2 / 3 + 0.8) / 2])
    assert fitted(train, epochs=1).cards == pytest.approx(np.array([[1, 0.2 / 3], [0.25, 0.8]]) - mean)


def test_learns_who_knows_a_topic():
    train, asked, expert = topics()
    by_topic = train_of(
        train.inputs.vectors, train.known.score, datasets=np.argmax(train.known.score, axis=1).astype(str)
    )
    assert share_of_experts(fitted(by_topic), asked, expert) > 0.95

import numpy as np
import pytest

from tasks.route.checks import train_of
from tasks.route.contract import choose
from tasks.route.routers.knn import Knn, KnnOptions


def world(n=60, m=3, seed=0, missing=0.0):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(n, 6))
    scores = (generator.random((n, m)) < generator.random(m)).astype(float)
    scores[generator.random((n, m)) < missing] = np.nan
    return train_of(vectors, scores, generator.random((n, m)), generator.choice(["a", "b"], n), seed)


def fitted(train, neighbours=None):
    options = None if neighbours is None else KnnOptions(neighbours=neighbours)
    return Knn(options).fit(train, print)


def slow_prediction(train, question, k, left_out=None):
    """Mean label of the k most similar train questions, the model's own mean counting as one more."""
    order = sorted(
        (i for i in range(len(train.inputs.vectors)) if i != left_out),
        key=lambda i: -float(train.inputs.vectors[i] @ question),
    )
    predicted = []
    for model in range(train.known.score.shape[1]):
        labels = [train.known.score[i, model] for i in order[:k] if not np.isnan(train.known.score[i, model])]
        predicted.append((sum(labels) + np.nanmean(train.known.score[:, model])) / (len(labels) + 1))
    return predicted


def slow_value(train, k):
    """Macro score of the leave-one-out choices."""
    got = {}
    for i, dataset in enumerate(train.known.datasets):
        score = train.known.score[i, int(np.argmax(slow_prediction(train, train.inputs.vectors[i], k, left_out=i)))]
        if not np.isnan(score):
            got.setdefault(dataset, []).append(score)
    return np.mean([np.mean(scores) for scores in got.values()])


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_predicts_what_a_plain_loop_does(missing):
    train, questions = world(missing=missing), world(n=8, seed=1).inputs
    policy = fitted(train, (7,))
    for question, scores in zip(questions.vectors, policy.predict(questions).score, strict=True):
        assert scores == pytest.approx(slow_prediction(train, question, 7))


@pytest.mark.parametrize("seed", range(4))
def test_k_is_the_one_with_the_best_leave_one_out_choices(seed):
    train = world(seed=seed, missing=0.2)
    value, k = max((slow_value(train, k), k) for k in (2, 5, 12))
    assert value > 0
    assert fitted(train, (2, 5, 12)).k == k


def test_few_questions_offer_few_neighbours():
    assert fitted(world(n=4)).parameters == {"k": 3}
    assert fitted(world(n=1)).parameters == {"k": 1}


def test_a_model_without_labels_is_not_chosen_and_unknown_cost_stays_unknown():
    train = world()
    train.known.score[:, 0] = np.nan
    train.known.cost_usd[:] = np.nan
    prediction = fitted(train).predict(train.inputs)
    assert np.isnan(prediction.score[:, 0]).all()
    assert np.isnan(prediction.cost).all()
    assert 0 not in choose(prediction)


def test_more_than_one_chunk_of_questions():
    train = world(n=40)
    many = world(n=1100, seed=2).inputs
    policy = fitted(train, (5,))
    assert policy.predict(many).score[1050:1060] == pytest.approx(
        policy.predict(many.rows(np.arange(1050, 1060))).score
    )

from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import KMeans

from tasks.route.checks import train_of
from tasks.route.contract import Inputs, choose
from tasks.route.routers.avengers import Avengers, AvengersOptions


def world(n=80, m=4, seed=0, missing=0.0):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(n, 8))
    scores = (generator.random((n, m)) < 0.5).astype(float)
    scores[generator.random((n, m)) < missing] = np.nan
    return train_of(vectors, scores, generator.random((n, m)), seed=seed)


def fitted(train, ties="pool", **options):
    return Avengers(AvengersOptions(ties=ties, **options)).fit(train, print)


def slow_scores(train, question, clusters, nearest, sharpness):
    """The recipe of LLMRouterBench reference, section 5.5, one step and one model at a time."""
    means = KMeans(clusters, random_state=train.seed, n_init=10).fit(train.inputs.vectors)
    distances = [1 - float(np.dot(question, centre)) for centre in means.cluster_centers_]
    kept = sorted(range(clusters), key=lambda c: distances[c])[:nearest]
    weights = [np.exp(-sharpness * distances[c]) for c in kept]
    total = {}
    for cluster, weight in zip(kept, weights, strict=True):
        accuracy = {}
        for model in range(train.known.score.shape[1]):
            inside = [
                train.known.score[i, model]
                for i in range(len(train.inputs.vectors))
                if means.labels_[i] == cluster and not np.isnan(train.known.score[i, model])
            ]
            accuracy[model] = sum(inside) / len(inside) if inside else -1.0
        for rank, model in enumerate(sorted(accuracy, key=lambda m: -accuracy[m])):
            total[model] = total.get(model, 0.0) + weight / sum(weights) / (rank + 1)
    return [total[model] for model in range(train.known.score.shape[1])]


@pytest.mark.parametrize(("nearest", "missing"), [(1, 0.0), (3, 0.0), (3, 0.6)])
def test_equals_the_recipe_written_as_loops(nearest, missing):
    train, questions = world(missing=missing), world(n=12, seed=1).inputs
    policy = fitted(clusters=6, nearest=nearest, train=train)
    for question, scores in zip(questions.vectors, policy.predict(questions).score, strict=True):
        assert scores == pytest.approx(slow_scores(train, question, 6, nearest, 9.0), abs=1e-5)


def test_default_is_the_published_setting_capped_by_the_train_part():
    assert fitted(train=world()).parameters == {"clusters": 30, "nearest": 1, "sharpness": 9.0}
    assert fitted(train=world(n=5)).parameters["clusters"] == 5


def test_sends_each_topic_to_its_expert_with_its_cost():
    topic = np.repeat(np.eye(2, 8, dtype=np.float32), 10, axis=0)
    scores = np.repeat([[1.0, 0.0], [0.0, 1.0]], 10, axis=0)
    costs = np.tile([0.5, 0.1], (20, 1))
    policy = fitted(clusters=2, train=train_of(topic, scores, costs))
    prediction = policy.predict(Inputs(["x", "y"], np.eye(2, 8, dtype=np.float32)))
    assert choose(prediction).tolist() == [0, 1]
    assert prediction.cost == pytest.approx(np.array([[0.5, 0.1], [0.5, 0.1]]))


def test_a_tie_in_a_cluster_goes_to_the_better_model_overall_and_as_published_to_the_first():
    topic = np.repeat(np.eye(2, 8), 10, axis=0)
    scores = np.repeat([[1.0, 1.0, 1.0], [0.0, 0.5, 1.0]], 10, axis=0)
    for ties, chosen in (("overall", 2), ("pool", 0)):
        policy = fitted(train_of(topic, scores), ties, clusters=2)
        assert choose(policy.predict(Inputs(["x"], np.eye(1, 8, dtype=np.float32)))).tolist() == [chosen]


@pytest.mark.parametrize("seed", range(3))
def test_the_pools_order_moves_nothing_where_ties_are_many(seed):
    train, asked = world(seed=seed), world(n=200, seed=9).inputs
    order = np.random.default_rng(seed).permutation(4)
    known = train.known.only([train.known.models[at] for at in order])
    one, other = (fitted(replace(train, known=found), "overall") for found in (train.known, known))
    assert np.array_equal(choose(one.predict(asked)), order[choose(other.predict(asked))])

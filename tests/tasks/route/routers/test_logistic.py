import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tasks.route.checks import train_of
from tasks.route.routers.logistic import Logistic, LogisticOptions
from tests.topic_world import share_of_experts, topics


def world(n=60, seed=0, missing=0.0):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(n, 5))
    scores = (vectors @ generator.normal(size=(5, 3)) + generator.normal(size=(n, 3)) > 0).astype(float)
    scores[:, 2] = generator.random(n)
    scores[generator.random((n, 3)) < missing] = np.nan
    return train_of(vectors, scores, seed=seed)


def fitted(train, *looseness):
    return Logistic(LogisticOptions(looseness=looseness)).fit(train, print)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_is_scikit_learns_of_each_model_a_fraction_being_two_labels(missing):
    train, asked = world(missing=missing), world(n=6, seed=1).inputs
    found = fitted(train, 0.8).predict(asked).score
    for model, scores in enumerate(train.known.score.T):
        known = ~np.isnan(scores)
        vectors, labels = train.inputs.vectors[known], scores[known]
        twice = LogisticRegression(C=0.8, tol=1e-8).fit(
            np.vstack([vectors, vectors]),
            np.repeat([1, 0], len(labels)),
            sample_weight=np.concatenate([labels, 1 - labels]),
        )
        assert found[:, model] == pytest.approx(twice.predict_proba(asked.vectors)[:, 1], abs=2e-3)


def test_learns_who_knows_a_topic_with_the_looseness_that_says_so():
    train, asked, expert = topics()
    policy = fitted(train, 1e-4, 3.0)
    assert policy.parameters == {"looseness": 3.0}
    assert share_of_experts(policy, asked, expert) > 0.95


def test_a_model_that_is_always_right_is_so_surely_but_not_infinitely():
    train = world()
    train.known.score[:, 0] = 1.0
    found = fitted(train, 1.0).predict(train.inputs).score
    assert (found[:, 0] > 0.99).all()
    assert np.isfinite(found).all()

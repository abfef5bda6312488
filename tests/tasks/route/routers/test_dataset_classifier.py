import numpy as np
import pytest
from scipy.optimize import minimize

from tasks.route.checks import train_of
from tasks.route.contract import Inputs, choose
from tasks.route.routers.dataset_classifier import DatasetClassifier, DatasetOptions


def world(n=60, seed=0, missing=0.0, datasets="abc"):
    generator = np.random.default_rng(seed)
    names = generator.choice(list(datasets), n)
    vectors = generator.normal(size=(n, 5)) + 1.5 * np.eye(5)[[ord(name) - ord("a") for name in names]]
    scores = (generator.random((n, 4)) < 0.5).astype(float)
    scores[generator.random((n, 4)) < missing] = np.nan
    return train_of(vectors, scores, generator.random((n, 4)), names, seed)


def fitted(train, **options):
    return DatasetClassifier(DatasetOptions(**options)).fit(train, print)


def slow_weights(train, looseness):
    """Softmax regression by its definition, minimised numerically."""
    vectors, names = train.inputs.vectors.astype(float), sorted(set(train.known.datasets))
    truth = [names.index(name) for name in train.known.datasets]

    def loss(flat):
        weights = flat.reshape(len(names), -1)
        logits = vectors @ weights[:, :-1].T + weights[:, -1]
        likelihood = (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(truth)), truth]).sum()
        return looseness * likelihood + 0.5 * (weights[:, :-1] ** 2).sum()

    return minimize(loss, np.zeros(len(names) * (vectors.shape[1] + 1))).x.reshape(len(names), -1)


def slow_scores(train, question, weights, strength):
    expected = np.zeros(train.known.score.shape[1])
    odds = np.exp(weights[:, :-1] @ question + weights[:, -1])
    for share, name in zip(odds / odds.sum(), sorted(set(train.known.datasets)), strict=True):
        for model in range(len(expected)):
            known = [s for s in train.known.score[:, model] if not np.isnan(s)]
            inside = [
                s
                for s, dataset in zip(train.known.score[:, model], train.known.datasets, strict=True)
                if dataset == name and not np.isnan(s)
            ]
            mean = (sum(inside) + strength * sum(known) / len(known)) / (len(inside) + strength)
            expected[model] += share * mean
    return expected


@pytest.mark.parametrize(("datasets", "missing"), [("abc", 0.0), ("ab", 0.3)])
def test_equals_the_formula_written_as_loops(datasets, missing):
    train, questions = world(missing=missing, datasets=datasets), world(n=4, seed=1).inputs
    policy, weights = fitted(train, looseness=0.7, strength=2.0), slow_weights(train, 0.7)
    for question, scores in zip(questions.vectors, policy.predict(questions).score, strict=True):
        assert scores == pytest.approx(slow_scores(train, question, weights, 2.0), abs=4e-3)


def test_one_dataset_is_the_best_model_overall_at_its_mean_cost():
    train = world(datasets="a")
    found = fitted(train).predict(train.inputs)
    assert set(choose(found).tolist()) == {int(np.argmax(train.known.score.mean(axis=0)))}
    assert found.cost == pytest.approx(np.tile(train.known.cost_usd.mean(axis=0), (60, 1)))


def test_a_tie_in_a_dataset_goes_to_the_better_model_overall():
    vectors = np.repeat(np.eye(2, 4), 20, axis=0)
    scores = np.repeat([[1.0, 1.0], [0.0, 1.0]], 20, axis=0)
    policy = fitted(train_of(vectors, scores, datasets=np.repeat(["a", "b"], 20)), looseness=1e6)
    assert choose(policy.predict(Inputs(["x"], np.eye(1, 4, dtype=np.float32)))).tolist() == [1]

import numpy as np
import pytest

from tasks.route.checks import train_of
from tasks.route.routers.ridge import Ridge, RidgeOptions


def world(n=40, seed=0, missing=0.0):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(n, 5))
    scores = np.clip(vectors @ generator.normal(size=(5, 3)) + generator.normal(size=(n, 3)), 0, 1)
    scores[generator.random((n, 3)) < missing] = np.nan
    return train_of(vectors, scores, generator.random((n, 3)), seed=seed)


def fitted(train, *penalties):
    return Ridge(RidgeOptions(penalties=penalties)).fit(train, print)


def plane(vectors, labels, penalty):
    """Weights and intercept, by the normal equations with a free intercept."""
    rows = np.hstack([vectors, np.ones((len(vectors), 1))])
    return np.linalg.solve(rows.T @ rows + penalty * np.diag([1.0] * 5 + [0.0]), rows.T @ labels)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_is_the_solution_of_the_normal_equations_over_each_models_labels(missing):
    train, asked = world(missing=missing), world(n=6, seed=1).inputs
    found = fitted(train, 2.0).predict(asked)
    for model, scores in enumerate(train.known.score.T):
        known = ~np.isnan(scores)
        *weights, intercept = plane(train.inputs.vectors[known].astype(float), scores[known], 2.0)
        assert found.score[:, model] == pytest.approx(asked.vectors @ weights + intercept, abs=1e-6)
        assert found.cost[:, model] == pytest.approx(train.known.cost_usd[:, model].mean())


@pytest.mark.parametrize("seed", range(3))
def test_the_penalty_errs_least_when_each_question_is_left_out(seed):
    train, errors = world(seed=seed), {}
    vectors, scores = train.inputs.vectors.astype(float), train.known.score
    for penalty in (0.1, 1.0, 10.0, 100.0):
        left_out = []
        for at in range(len(vectors)):
            rest = np.arange(len(vectors)) != at
            found = plane(vectors[rest], scores[rest], penalty)
            left_out.append(np.append(vectors[at], 1.0) @ found - scores[at])
        errors[penalty] = np.square(left_out).mean()
    assert fitted(train, *errors).parameters == {"penalty": min(errors, key=lambda one: errors[one])}

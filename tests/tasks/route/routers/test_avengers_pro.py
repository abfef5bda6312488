from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import KMeans

from tasks.route.checks import train_of
from tasks.route.contract import Point
from tasks.route.routers.avengers_pro import AvengersPro, AvengersProOptions

PUBLISHED = {"unknown_cost": "free", "ties": "pool", "weight": 0.7}


def world(n=80, m=4, seed=0, missing=0.0):
    generator = np.random.default_rng(seed)
    scores, costs = (generator.random((n, m)) < 0.5).astype(float), generator.random((n, m)) * [1, 2, 3, 4]
    scores[generator.random((n, m)) < missing] = np.nan
    costs[generator.random((n, m)) < missing] = np.nan
    return train_of(generator.normal(size=(n, 8)), scores, costs, seed=seed)


def fitted(train, **options):
    return AvengersPro(AvengersProOptions(clusters=6, **options)).fit(train, print)


def slow_choice(train, labels, centres, question, weight, nearest):
    """The recipe of LLMRouterBench reference, section 5.6, one step and one model at a time."""
    models, total = range(train.known.score.shape[1]), {}
    there = 2 - np.isnan(train.known.cost_usd) - 2 * np.isnan(train.known.score)  # 2: a verdict and its cost
    distances = [1 - float(np.dot(question, centre)) for centre in centres]
    kept = sorted(range(len(centres)), key=lambda c: distances[c])[:nearest]
    shares = [np.exp(-9.0 * distances[c]) for c in kept]
    for cluster, share in zip(kept, shares, strict=True):
        inside = [i for i in range(len(labels)) if labels[i] == cluster]
        known = {m: [s for s in train.known.score[inside, m] if not np.isnan(s)] for m in models}
        accuracy = {m: sum(known[m]) / len(known[m]) for m in models if known[m]}
        paid = {m: sum(train.known.cost_usd[i, m] for i in inside if there[i, m] == 2) for m in accuracy}
        cost = {m: paid[m] / len(known[m]) for m in accuracy}
        low, high, dearest = min(accuracy.values()), max(accuracy.values()), max(cost.values())
        worth = dict.fromkeys(models, 0.0)
        for m in accuracy:
            merit = (accuracy[m] - low) / (high - low) if high > low else 1.0
            worth[m] = weight * merit + (1 - weight) * (1 - cost[m] / dearest if dearest else 1.0)
        for rank, m in enumerate(sorted(models, key=lambda m: -round(worth[m], 12))):
            total[m] = total.get(m, 0.0) + share / sum(shares) / (rank + 1)
    return max(models, key=lambda m: total[m])


@pytest.mark.parametrize(("nearest", "missing"), [(1, 0.0), (3, 0.0), (3, 0.4)])
def test_equals_the_recipe_written_as_loops_at_every_weight(nearest, missing):
    train, asked = world(missing=missing), world(n=8, seed=1).inputs
    policy = fitted(train, nearest=nearest, **PUBLISHED)
    means = KMeans(6, random_state=train.seed, n_init=10).fit(train.inputs.vectors)
    prediction = policy.predict(asked)
    for point, weight in ((Point(), 0.7), *((one, one.knob) for one in policy.points[1::10])):
        chosen = [
            slow_choice(train, means.labels_, means.cluster_centers_, one, weight, nearest) for one in asked.vectors
        ]
        assert policy.decide(prediction, point).chosen.tolist() == chosen, f"at weight {weight}"


def test_weights_run_from_cost_alone_to_accuracy_alone():
    train = world()
    policy = fitted(train)
    assert [point.name for point in policy.points[:3]] == ["", "0.00", "0.01"]
    assert len(policy.points) == 102
    prediction = policy.predict(train.inputs)
    own, cheapest, best = (policy.decide(prediction, policy.points[at]).chosen for at in (0, 1, -1))
    assert set(cheapest) == {0}
    assert np.array_equal(own, best)


def test_unknown_costs_are_no_bonus_and_without_them_there_is_accuracy_alone():
    train = world()
    train.known.cost_usd[:40, 0] = np.nan
    assert [point.name for point in fitted(replace(train, known=train.known)).points][1] == "0.00"
    train.known.cost_usd[:, 3] = np.nan
    policy = fitted(train, weight=0.5)
    assert [point.name for point in policy.points] == [""]
    assert policy.parameters["weight"] == 1.0
    assert np.isnan(policy.predict(train.inputs).cost[:, 3]).all()
    assert len(fitted(train, **PUBLISHED).points) == 102

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tasks.route.checks import train_of
from tasks.route.contract import Point, choose
from tasks.route.routers.concertino import Concertino, ConcertinoOptions
from tests.topic_world import topics


def world(n=60, seed=0, missing=0.0):
    generator = np.random.default_rng(seed)
    names = np.array(list("abc"))[np.arange(n) % 3]
    vectors = generator.normal(size=(n, 5)) + np.eye(5)[np.arange(n) % 3]
    scores = (generator.random((n, 4)) < 0.3 + 0.5 * np.eye(4)[np.arange(n) % 3]).astype(float)
    scores[generator.random((n, 4)) < missing] = np.nan
    return train_of(vectors, scores, generator.random((n, 4)), names, seed)


def fitted(train, **options):
    return Concertino(ConcertinoOptions(**options)).fit(train, print)


def shares(seen, codes, asked, looseness):
    return LogisticRegression(C=looseness, max_iter=1000).fit(seen, codes).predict_proba(asked)


def probe(vectors, residual, penalty):
    """Ridge regression, one model at a time, as least squares with the penalty as more rows."""
    rows = np.hstack([vectors, np.ones((len(vectors), 1))])
    more = np.diag(np.sqrt([penalty] * vectors.shape[1] + [1.0]))
    targets = (np.append(one, np.zeros(len(more))) for one in residual.T)
    return np.array([np.linalg.lstsq(np.vstack([rows, more]), one, rcond=None)[0] for one in targets])


def moved(base, vector, seen, labels, neighbours, trust):
    """What a question is expected to get, moved by its nearest train questions, one model at a time."""
    cosine, found = seen @ vector, np.empty(len(base))
    near = np.argsort(-cosine, kind="stable")[:neighbours]
    for model in range(len(base)):
        told = [(max(cosine[at], 0) ** 2, labels[at, model]) for at in near if not np.isnan(labels[at, model])]
        got, worth = sum(weight * label for weight, label in told), sum(weight for weight, _ in told)
        found[model] = (got + trust * base[model]) / (worth + trust)
    return found


def mean_of(inside, overall, strength):
    inside = inside[~np.isnan(inside)]
    return (inside.sum() + strength * overall) / (len(inside) + strength)


def slow(train, asked, looseness, strength, penalty, neighbours, trust):
    """Predictions for the asked, and for the train questions as if unseen."""
    vectors, labels = train.inputs.vectors.astype(float), train.known.score
    names, codes = np.unique(train.known.datasets, return_inverse=True)
    means, overall = np.empty((len(names), labels.shape[1])), np.nanmean(labels, axis=0)
    for dataset, model in np.ndindex(means.shape):
        means[dataset, model] = mean_of(labels[codes == dataset, model], overall[model], strength)
    fold, base = np.random.default_rng(train.seed).permutation(len(codes)) % 5, np.empty(labels.shape)
    for out in range(5):
        kept = fold != out
        share = shares(vectors[kept], codes[kept], vectors[~kept], looseness)
        for at, own in zip(np.flatnonzero(~kept), share, strict=True):
            without, others = means.copy(), (codes == codes[at]) & (np.arange(len(codes)) != at)
            for model in range(labels.shape[1]):
                without[codes[at], model] = mean_of(labels[others, model], overall[model], strength)
            base[at] = own @ without
    residual, unseen = np.nan_to_num(labels - base), np.empty(labels.shape)
    for at in range(len(codes)):
        others = np.arange(len(codes)) != at
        told = base[at] + probe(vectors[others], residual[others], penalty) @ np.append(vectors[at], 1)
        unseen[at] = moved(told, vectors[at], vectors[others], labels[others], neighbours, trust)
    planes = probe(vectors, residual, penalty)
    told = shares(vectors, codes, asked, looseness) @ means + np.hstack([asked, np.ones((len(asked), 1))]) @ planes.T
    each = zip(told, asked, strict=True)
    return np.array([moved(one, vector, vectors, labels, neighbours, trust) for one, vector in each]), unseen


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_equals_the_formula_written_as_loops(missing):
    train, asked = world(missing=missing), world(n=6, seed=1).inputs
    policy = fitted(train, looseness=2.0, strength=1.5, penalty=7.0, neighbours=9, trust=3.0, caution=1.0)
    found, unseen = slow(train, asked.vectors.astype(float), 2.0, 1.5, 7.0, 9, 3.0)
    assert policy.predict(asked).score == pytest.approx(found, abs=4e-3)
    labels, differences = train.known.score, {}
    for at, dataset in enumerate(train.known.datasets):
        gap = labels[at, np.argmax(unseen[at])] - labels[at, policy.fallback]
        if not np.isnan(gap):
            differences.setdefault(dataset, []).append(gap)
    gain = np.mean([np.mean(one) for one in differences.values()])
    error = np.sqrt(sum(np.var(one) / len(one) for one in differences.values())) / len(differences)
    assert policy.parameters == {
        "gain": pytest.approx(gain),
        "error": pytest.approx(error),
        "deviates": bool(gain > error),
    }


def test_neighbours_tell_apart_what_dataset_and_plane_cannot():
    """One dataset; whoever is right depends on the sign of the product of two coordinates: no plane parts that."""
    vectors = np.random.default_rng(0).normal(size=(600, 2))
    first = np.prod(vectors, axis=1) > 0
    train = train_of(vectors, np.stack([first, ~first], axis=1).astype(float))
    policy = fitted(train, neighbours=20, trust=5.0)
    right = policy.decide(policy.predict(train.inputs), Point()).chosen == ~first
    assert right.mean() > 0.95
    alone = fitted(train, neighbours=1, trust=1e6)
    assert (choose(alone.predict(train.inputs)) == ~first).mean() < 0.7


def test_knows_who_knows_a_topic_and_is_sure_of_it():
    train, asked, expert = topics()
    policy = fitted(train)
    assert policy.deviates
    assert (policy.decide(policy.predict(asked), Point()).chosen == expert).mean() > 0.95


@pytest.mark.parametrize("seed", range(3))
def test_the_best_single_model_is_asked_where_a_gain_is_wanted_and_not_seen(seed):
    generator = np.random.default_rng(seed)
    scores = (generator.random((90, 3)) < [0.5, 0.8, 0.5]).astype(float)
    train = train_of(generator.normal(size=(90, 6)), scores, datasets=np.array(["a", "b"] * 45), seed=seed)
    policy = fitted(train, penalty=0.1, caution=3.0)
    assert not policy.deviates
    decision = policy.decide(policy.predict(train.inputs), Point())
    assert set(decision.chosen) == {1}
    assert (decision.asked.sum(axis=0) == [0, 90, 0]).all()


def test_the_best_single_model_is_asked_where_routing_is_seen_to_lose():
    generator = np.random.default_rng(0)
    scores = (generator.random((400, 3)) < [0.4, 0.75, 0.4]).astype(float)
    policy = fitted(train_of(generator.normal(size=(400, 60)), scores), penalty=0.01)
    assert policy.gain < 0
    assert not policy.deviates


def test_the_cost_of_a_question_weighs_as_much_as_its_dataset_has_questions():
    """The gaps are alike in both datasets: in the larger one a cheap model is worth it first."""
    large, n = np.arange(400) % 8 > 0, 400
    vectors = np.where(large[:, None], np.eye(4)[0], np.eye(4)[1]) + np.random.default_rng(0).normal(size=(n, 4)) * 0.1
    scores = np.tile([0.8, 0.6], (n, 1))
    train = train_of(vectors, scores, np.tile([0.3, 0.1], (n, 1)), np.where(large, "large", "small"))
    policy = fitted(train)
    assert policy.bulk == pytest.approx([2 * 7 / 8, 2 / 8])
    prediction = policy.predict(train.inputs)
    cheap = policy.decide(prediction, Point("somewhere", 1.0)).chosen == 1
    assert cheap[large].all()
    assert not cheap[~large].any()


def test_points_give_up_score_for_cost_and_need_every_models_cost():
    train, asked, _ = topics(cost=[0.4, 0.1, 0.2])
    policy = fitted(train)
    prediction, cost = policy.predict(asked), np.array([0.4, 0.1, 0.2])
    taken = [cost[policy.decide(prediction, point).chosen].mean() for point in policy.points]
    assert taken == sorted(taken, reverse=True)
    assert taken[0] > 0.2 > taken[-1]
    train.known.cost_usd[:, 1] = np.nan
    assert [point.name for point in fitted(train).points] == [""]

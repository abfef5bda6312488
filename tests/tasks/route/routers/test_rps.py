import numpy as np
import pytest

from profiles.prior import retrieve
from tasks.route.checks import sample_train
from tasks.route.routers.rps import Rps, RpsOptions
from tests.topic_world import share_of_experts, topics


def fitted(train, **options):
    return Rps(RpsOptions(**options)).fit(train, print)


def slow_shrunk(train, question, k):
    """Neighbours by squared cosine against 5 of the datasets of the nearest 30, these against 5 of all."""
    labels, cosine = train.known.score, train.inputs.vectors.astype(float) @ question
    near = np.argsort(-cosine)[:k]
    weight = {at: max(cosine[at], 0.0) ** 2 for at in near}
    pool = (labels.sum() + 0.5) / (labels.size + 1)
    found = []
    for model in range(labels.shape[1]):
        mine = labels[:, model]
        overall = (mine.sum() + pool) / (len(mine) + 1)
        base, share = 0.5 * overall, 0.5
        for at in near[:30]:
            inside = mine[train.known.datasets == train.known.datasets[at]]
            base += weight[at] * (inside.sum() + 5 * overall) / (len(inside) + 5)
            share += weight[at]
        right = sum(weight[at] * mine[at] for at in near)
        found.append((right + 5 * base / share) / (sum(weight.values()) + 5))
    return found


def test_ours_is_the_shrunk_prior_of_collaboration():
    train, asked = sample_train(), sample_train(n=5, seed=1).inputs
    found = fitted(train, k=40).predict(asked).score
    slow = [slow_shrunk(train, question.astype(float), 40) for question in asked.vectors]
    assert found == pytest.approx(np.array(slow), abs=1e-5)


def test_published_is_the_sum_of_labels_over_the_neighbourhood_by_cosine():
    train, asked = sample_train(), sample_train(n=5, seed=1).inputs
    found = fitted(train, prior="weighted", k=10).predict(asked)
    similarity = asked.vectors.astype(float) @ train.inputs.vectors.astype(float).T
    near = retrieve(similarity, 10, 0.95)
    assert found.score == pytest.approx(np.where(near, similarity, 0) @ train.known.score)
    assert found.cost == pytest.approx(np.tile(train.known.cost_usd.mean(axis=0), (5, 1)))


@pytest.mark.parametrize("prior", ["shrunk", "weighted", "count"])
def test_finds_who_knows_a_topic(prior):
    train, asked, expert = topics()
    assert share_of_experts(fitted(train, prior=prior, k=30), asked, expert) > 0.95

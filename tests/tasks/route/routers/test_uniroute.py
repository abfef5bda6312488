import numpy as np
import pytest

from tasks.route.checks import sample_train
from tasks.route.clusters import k_means
from tasks.route.routers.uniroute import UniRoute, UniRouteOptions, describe
from tests.topic_world import share_of_experts, topics


def fitted(train, **options):
    return UniRoute(UniRouteOptions(**options)).fit(train, lambda done, of: None)


def slow_score(train, question, model, clusters, strength):
    """1 - error in the nearest cluster, one answer at a time."""
    means = k_means(train.inputs.vectors, clusters, train.seed)
    home = min(range(clusters), key=lambda c: sum((means.cluster_centers_[c] - question) ** 2))
    error = {(i, m): 1 - train.known.score[i, m] for i in range(len(means.labels_)) for m in range(3)}

    def pool(cluster):
        here = [error[i, m] for i in range(len(means.labels_)) for m in range(3) if means.labels_[i] == cluster]
        return sum(here) / len(here)

    mine = [(int(means.labels_[i]), error[i, model]) for i in range(len(means.labels_))]
    shift = sum(wrong - pool(cluster) for cluster, wrong in mine) / len(mine)
    inside = [wrong for cluster, wrong in mine if cluster == home]
    return 1 - (sum(inside) + strength * (pool(home) + shift)) / (len(inside) + strength)


@pytest.mark.parametrize("strength", [0.0, 5.0])
def test_equals_the_recipe_written_as_loops(strength):
    train, asked = sample_train(), sample_train(n=5, seed=1).inputs
    policy = fitted(train, clusters=6, strength=strength)
    slow = [[slow_score(train, question, model, 6, strength) for model in range(3)] for question in asked.vectors]
    assert policy.predict(asked).score == pytest.approx(np.array(slow))


def test_learns_who_knows_a_topic():
    train, asked, expert = topics(cost=[0.5, 0.1, 0.2])
    policy = fitted(train, clusters=6, prompts=200)
    assert share_of_experts(policy, asked, expert) > 0.95
    assert policy.predict(asked).cost == pytest.approx(np.tile([0.5, 0.1, 0.2], (60, 1)))


def test_a_new_model_is_onboarded_without_a_refit_and_better_the_more_it_answered():
    """The expert of a topic that no other model knows: with n answers, how often is the expert chosen?"""
    (train, asked, expert), generator = topics(n=600), np.random.default_rng(0)
    scores = train.known.score.copy()
    known = fitted(type(train)(train.known.only(["m0", "m1"]), train.inputs, train.validation, {}, 0), clusters=12)
    accuracy = {}
    for n in (3, 12, 50, 300):
        drawn = [generator.permutation(600)[:n] for _ in range(10)]
        grown = [known.onboard(train.inputs.vectors[one], scores[one, 2], 0.1) for one in drawn]
        accuracy[n] = np.mean([share_of_experts(policy, asked, expert) for policy in grown])
    before = share_of_experts(known, asked, expert)
    assert before < 0.7 < accuracy[300]
    assert list(accuracy.values()) == sorted(accuracy.values())
    assert accuracy[300] > 0.95
    assert len(known.errors) == 2  # and the others are what they were


def test_whoever_is_onboarded_with_all_answers_is_described_as_if_it_had_been_there():
    train = sample_train()
    policy = fitted(train, clusters=6, strength=0.0)
    again = policy.onboard(train.inputs.vectors, train.known.score[:, 1], 0.2)
    assert again.errors[3] == pytest.approx(again.errors[1])
    assert again.cost[3] == 0.2


def test_a_model_without_an_answer_has_no_description():
    assert np.isnan(describe(np.array([0, 1]), np.full(2, np.nan), np.array([0.5, 0.5]), 1.0)).all()

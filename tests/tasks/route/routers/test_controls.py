"""The two controls: as good as a router that knows nothing of questions, and otherwise the ridge probe."""

from dataclasses import replace

import numpy as np
import pytest

from tasks.route.contract import Inputs
from tasks.route.registry import routers
from tasks.route.routers.random_features import drawn
from tasks.route.routers.ridge import Ridge
from tests.topic_world import share_of_experts, topics


@pytest.mark.parametrize("name", ["shuffled-labels", "random-features"])
def test_learns_how_good_models_are_and_not_who_knows_a_topic(name):
    train, asked, expert = topics(n=600)
    train.known.score[:, 1] = np.maximum(train.known.score[:, 1], np.arange(600) % 2)
    policy = routers.get(name)().fit(train, print)
    assert share_of_experts(Ridge().fit(train, print), asked, expert) > 0.9
    assert share_of_experts(policy, asked, expert) < 0.55
    assert policy.predict(asked).score.mean(axis=0) == pytest.approx(train.known.score.mean(axis=0), abs=0.06)


def test_a_questions_outcomes_are_dealt_out_together():
    train = topics()[0]
    dealt = np.random.default_rng(train.seed).permutation(len(train.validation))
    known = train.known.rows(dealt)
    found = routers.get("shuffled-labels")().fit(train, print).predict(train.inputs)
    slow = Ridge().fit(replace(train, known=replace(train.known, score=known.score)), print).predict(train.inputs)
    assert found.score == pytest.approx(slow.score)


def test_a_text_draws_one_vector_whatever_its_own():
    vectors = np.eye(3, 8, dtype=np.float32)
    one, other = drawn(Inputs(["a", "b", "a"], vectors)), drawn(Inputs(["a", "b", "a"], vectors[::-1]))
    assert np.array_equal(one.vectors, other.vectors)
    assert np.array_equal(one.vectors[0], one.vectors[2])
    assert abs(one.vectors[0] @ one.vectors[1]) < 0.999
    assert np.linalg.norm(one.vectors, axis=1) == pytest.approx(1)

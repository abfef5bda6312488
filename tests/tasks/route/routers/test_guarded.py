from dataclasses import replace

import numpy as np
import pytest

from profiles.router_profile import RouterProfile
from tasks.route.checks import CHECKS, train_of
from tasks.route.contract import Inputs, Point
from tasks.route.registry import router_of, routers
from tasks.route.routers.guarded import Guarded, GuardedOptions
from tests.topic_world import topics
from warehouse.errors import UserError


class OfClusters(Guarded):
    """Around a router that decides by shares of its own."""

    def __init__(self, options=None):
        super().__init__(GuardedOptions(router="avengers-pro", options={"clusters": 4}, neighbours=10))


class OfCascade(Guarded):
    """Around a router that asks several models."""

    def __init__(self, options=None):
        super().__init__(GuardedOptions(router="frugalgpt-frozen", options={"epochs": 3}, neighbours=10, caution=0.0))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", [OfClusters, OfCascade])
def test_keeps_the_contract_around_others(kind, check):
    check(kind)


def world(n=80, missing=0.0, seed=0):
    generator = np.random.default_rng(seed)
    scores = (generator.random((n, 3)) < [0.4, 0.5, 0.45]).astype(float)
    scores[generator.random((n, 3)) < missing] = np.nan
    return train_of(
        generator.normal(size=(n, 4)), scores, generator.random((n, 3)), np.array(["a", "b"])[np.arange(n) % 2]
    )


def slow(train, asked, wished, fallback, k, caution, novel):
    """Whom each question is asked, one question and one neighbour at a time."""
    known, cost = train.known.score, np.nanmean(train.known.cost_usd, axis=0)
    seen = train.inputs.vectors.astype(float)

    def nearest(vector, without=None):
        pairs = [(float(one @ vector), at) for at, one in enumerate(seen) if at != without]
        return sorted(pairs, key=lambda one: (-one[0], one[1]))[:k]

    floor = np.quantile([np.mean([near for near, _ in nearest(one, at)]) for at, one in enumerate(seen)], novel)
    found = []
    for vector, model in zip(asked.astype(float), wished, strict=True):
        near = nearest(vector)
        gaps = [known[at, model] - known[at, fallback] for _, at in near]
        gaps = [0.0, *(one for one in gaps if not np.isnan(one))]
        error = np.std(gaps, ddof=1) / np.sqrt(len(gaps)) if len(gaps) > 1 else 0.0
        needed = caution * error * (1 if cost[model] <= cost[fallback] else 2)
        like = np.mean([one for one, _ in near]) >= floor
        found.append(model if like and np.mean(gaps) > needed else fallback)
    return found


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize(("caution", "novel"), [(0.0, 0.0), (0.5, 0.3), (1.5, 0.0)])
def test_equals_the_rule_written_as_loops(missing, caution, novel):
    train, asked = world(missing=missing), world(n=60, seed=1).inputs
    inside = {"neighbours": (5,)}
    policy = Guarded(GuardedOptions(options=inside, neighbours=12, caution=caution, novel=novel)).fit(train, print)
    alone = routers.get("knn")(routers.get("knn").Options(**inside)).fit(train, print)
    wished = alone.decide(alone.predict(asked), Point()).chosen
    decision = policy.decide(policy.predict(asked), Point())
    assert decision.chosen.tolist() == slow(train, asked.vectors, wished, policy.fallback, 12, caution, novel)
    assert (decision.asked.sum(axis=1) == 1).all()
    assert 0 < (decision.chosen != policy.fallback).sum() < (wished != policy.fallback).sum()


def test_follows_a_router_that_is_right_and_not_where_nothing_is_like_it():
    train, asked, expert = topics()
    policy = Guarded().fit(train, print)
    assert (policy.decide(policy.predict(asked), Point()).chosen == expert).mean() > 0.95
    elsewhere = Inputs(asked.texts, -asked.vectors)
    assert set(policy.decide(policy.predict(elsewhere), Point()).chosen) == {policy.fallback}


def test_a_router_that_learned_nothing_is_not_followed():
    train, asked, _ = topics()
    dealt = np.random.default_rng(1).permutation(len(train.validation))
    best = train.known.score + np.array([0.4, 0.0, 0.0])
    blind = replace(train, known=replace(train.known, score=np.clip(best, 0, 1)[dealt]))
    policy = Guarded(GuardedOptions(router="ridge", caution=2.0)).fit(blind, print)
    decision = policy.decide(policy.predict(asked), Point())
    assert (decision.chosen == 0).mean() > 0.9


def test_its_other_points_are_the_routers_own():
    train, asked, _ = topics(cost=[0.4, 0.1, 0.2])
    policy = Guarded(GuardedOptions(router="ridge", caution=50.0)).fit(train, print)
    prediction, inside = policy.predict(asked), policy.within
    for point in policy.points[1:]:
        own = inside.decide(inside.predict(asked), point).chosen
        assert policy.decide(prediction, point).chosen.tolist() == own.tolist()


def test_the_guarded_routers_version_is_part_of_what_it_is(tmp_path, monkeypatch):
    train, _, _ = topics(n=30)
    policy = Guarded(GuardedOptions(router="ridge")).fit(train, print)
    policy.save(tmp_path)
    before = GuardedOptions(router="ridge").model_dump()
    monkeypatch.setattr(routers.get("ridge"), "version", "another")
    assert GuardedOptions(router="ridge").model_dump() != before
    with pytest.raises(ValueError, match="another version"):
        Guarded.policy.load(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"router": "nobody"}, "unknown router 'nobody'"),
        ({"router": "ridge", "options": {"penalties": [-1]}}, "options.penalties.0"),
        ({"novel": 1}, "options.novel"),
    ],
)
def test_a_router_that_cannot_be_guarded_is_said_before_it_is_fitted(options, said):
    with pytest.raises(UserError, match=said):
        router_of(RouterProfile(name="mine", router="guarded", options=options))

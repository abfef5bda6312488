import numpy as np
import polars as pl
import pytest

from profiles.load import load_pool, load_run
from tasks.route.checks import train_of
from tasks.route.contract import Inputs, Point
from tasks.route.routers.guarded import Guarded, GuardedOptions
from tasks.route.routers.jisi import JiSi, JiSiOptions
from tasks.route.task import _said, fit_router, snapshot_outcomes
from tests.routing_world import make_world
from tests.topic_world import topics
from warehouse.connect import connection, read
from warehouse.errors import UserError
from warehouse.identity import text_hash
from warehouse.runs import start_run
from warehouse.writer import land, load_landing

COSTS = np.array([0.5, 0.25, 0.125])


def world(n=60, seed=0, missing=0.0):
    generator = np.random.default_rng(seed)
    scores = (generator.random((n, 3)) < [0.4, 0.6, 0.5]).astype(float)
    scores[generator.random((n, 3)) < missing] = np.nan
    return train_of(generator.normal(size=(n, 8)), scores, np.tile(COSTS, (n, 1)))


def slow(train, asked, names, support, kept, query_weight):
    """Scores, one question, one neighbour and one model at a time."""
    found = []
    for place, question in enumerate(asked.vectors.astype(float)):
        near = sorted(range(len(train.inputs.vectors)), key=lambda at: -float(train.inputs.vectors[at] @ question))
        mixed = {}
        for at in near[:support]:
            alike = [float(train.inputs.said(name)[at] @ asked.said(name)[place]) for name in names]
            similarity = float(train.inputs.vectors[at] @ question)
            mixed[at] = query_weight * similarity + (1 - query_weight) * sum(alike) / len(alike)
        best = sorted(mixed, key=lambda at: -mixed[at])[: int(kept * support)]
        row = []
        for labels in train.known.score.T:
            pairs = [(max(mixed[at], 0.0), labels[at]) for at in best if not np.isnan(labels[at])]
            total = np.nanmean(labels) + sum(weight * label for weight, label in pairs)
            row.append(total / (1.0 + sum(weight for weight, _ in pairs)))
        found.append(row)
    return np.array(found)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize(("needles", "query_weight"), [(1, 0.5), (3, 0.3), (2, 1.0)])
def test_equals_the_rule_written_as_loops(missing, needles, query_weight):
    train, asked = world(missing=missing), world(20, seed=1).inputs
    options = JiSiOptions(needles=needles, support=20, kept=0.4, query_weight=query_weight)
    policy = JiSi(options).fit(train, print)
    best = sorted(train.known.models, key=lambda name: -np.nanmean(train.known.only([name]).score))
    assert policy.names.tolist() == best[:needles]
    expected = slow(train, asked, best[:needles], 20, 0.4, query_weight)
    np.testing.assert_allclose(policy.predict(asked).score, expected, rtol=1e-5)


def test_answers_tell_apart_what_questions_do_not():
    """Two kinds of question that read alike and are answered differently."""
    kind = np.arange(80) % 2
    train = train_of(np.ones((80, 2)), np.column_stack([kind, 1.0 - kind, np.full(80, 0.6)]))
    inputs = Inputs(train.inputs.texts, train.inputs.vectors, lambda model: np.eye(2, dtype=np.float32)[kind])
    told = type(train)(train.known, inputs, train.validation, {}, 0)
    policy = JiSi(JiSiOptions(support=80, kept=0.4)).fit(told, print)
    assert policy.decide(policy.predict(inputs), Point()).chosen.tolist() == [1 - one for one in kind]
    deaf = JiSi(JiSiOptions(support=80, kept=0.4, query_weight=1.0)).fit(told, print)
    assert len(set(deaf.decide(deaf.predict(inputs), Point()).chosen.tolist())) == 1


@pytest.mark.parametrize("kind", [JiSi, lambda _: Guarded(GuardedOptions(router="jisi", options={"needles": 2}))])
def test_whoever_is_asked_first_is_billed_whatever_is_chosen(kind):
    train = world()
    policy = kind(JiSiOptions(needles=2)).fit(train, print)
    prediction = policy.predict(train.inputs)
    for point in policy.points:
        chosen, asked = policy.decide(prediction, point)
        first = np.isin(np.arange(3), list(policy.heard))
        assert first.sum() == 2
        assert (asked == (first | (chosen[:, None] == np.arange(3)))).all()
    if kind is JiSi:
        expected = [COSTS[list(policy.heard)].sum() + (0 if at in policy.heard else COSTS[at]) for at in range(3)]
        np.testing.assert_allclose(prediction.cost[0], expected)


def test_finds_topics():
    train, asked, expert = topics()
    policy = JiSi(JiSiOptions(support=40, query_weight=0.9)).fit(train, print)
    assert (policy.predict(asked).score.argmax(axis=1) == expert).mean() > 0.9


def test_a_question_that_nobody_has_answered_is_not_routed():
    train = world()
    policy = JiSi().fit(train, print)
    with pytest.raises(UserError, match="reads the answers of m1 before it chooses"):
        policy.predict(Inputs(train.inputs.texts, train.inputs.vectors))


@pytest.fixture
def fitting(home):
    """Fits on a small warehouse whose answers all read alike; their vector is known."""
    make_world(home)
    key = {"embedder": ["sentence-transformers/all-MiniLM-L6-v2"], "text_hash": [text_hash("text")]}
    land("embedding", pl.DataFrame(key | {"vector": [np.eye(1, 384, dtype=np.float32)[0].tolist()]}))
    run, pool = load_run("small"), load_pool("small")
    start_run("first", "run", parameters={}, profile="small", seeds=run.seeds, synthetic=True)
    snapshot = snapshot_outcomes("first", run, pool)
    _said.cache_clear()
    return lambda: fit_router("first", run, pool, snapshot, "jisi", 0)


def test_an_evaluation_bills_the_answer_that_was_read(fitting):
    fitting()
    load_landing()
    told = read("select model, asked, cost_usd from route where point = ''")
    assert len(told) > 20
    for model, asked, cost in told.iter_rows():
        assert model in (asked or [model])
        assert cost == pytest.approx(0.001 * len(asked or [model]))
    assert {2} <= {*told["asked"].list.len()} <= {2, None}, "the answer that was read is not among the asked"


def test_where_no_words_were_recorded_it_is_refused_in_one_sentence(fitting):
    with connection("testing") as con:
        con.execute("update response set text = ''")
    with pytest.raises(UserError, match="'s answers were never recorded, only its scores; a router that reads answers"):
        fitting()

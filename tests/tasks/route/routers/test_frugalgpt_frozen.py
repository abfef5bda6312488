from itertools import pairwise
from math import exp, inf

import numpy as np
import pytest

from tasks.route.checks import sample_train
from tasks.route.contract import Point
from tasks.route.routers.frugalgpt_frozen import FrugalGPT, FrugalGPTOptions, best_cascades
from tests.topic_world import topics
from warehouse.errors import UserError


def fitted(train, **options):
    return FrugalGPT(FrugalGPTOptions(**options)).fit(train, lambda done, of: None)


def got(cascade, score, cost, said):
    """Mean score and cost of a cascade, question by question."""
    first, second, threshold = cascade
    total, spent = 0.0, 0.0
    for row in range(len(score)):
        spent += cost[row, first]
        stands = said[row, first] > threshold
        total += score[row, first if stands else second]
        spent += 0.0 if stands else cost[row, second]
    return total / len(score), spent / len(score)


def slow_best(score, cost, said, budget):
    """Every first and second model and every threshold between two predictions, one by one."""
    found, models = [], range(score.shape[1])
    for first in models:
        looks = sorted(set(said[:, first]))
        offered = [(first, -inf)] + [(second, (a + b) / 2) for a, b in pairwise(looks) for second in models]
        for second, threshold in offered:
            value, spent = got((first, second, threshold), score, cost, said)
            if spent <= budget and (second != first or threshold == -inf):
                found.append((round(value, 9), -spent))
    return max(found)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("budget", [0.35, 0.6, inf])
def test_the_best_cascade_is_the_best_of_all_tried_one_by_one(seed, budget):
    generator = np.random.default_rng(seed)
    score, said = (generator.random((14, 3)) < 0.5).astype(float), generator.integers(0, 6, (14, 3)) / 6
    cost = generator.random((14, 3)) * [1.0, 0.5, 0.2]
    [found] = best_cascades(score, cost, said, [budget])
    value, spent = got(found, score, cost, said)
    assert (value, -spent) == pytest.approx(slow_best(score, cost, said, budget))


@pytest.mark.parametrize("n", range(2, 40))
def test_a_budget_of_just_what_a_model_costs_buys_it_whatever_its_sum_is_rounded_to(n):
    score, cost = np.tile([1.0, 0.0], (n, 1)), np.tile([0.02, 0.01], (n, 1))
    assert best_cascades(score, cost, score, [0.02]) == [(0, 0, -inf)]


@pytest.mark.parametrize("seed", range(20))
def test_of_equally_good_cascades_the_cheapest_is_taken_whatever_their_sums_are_rounded_to(seed):
    generator = np.random.default_rng(seed)
    score, cost = np.repeat(generator.random((9, 1)), 2, axis=1), np.tile([0.02, 0.01], (9, 1))
    assert best_cascades(score, cost, generator.random((9, 2)), [inf]) == [(1, 1, -inf)]


def test_a_budget_is_not_kept_by_what_costs_nobody_knows():
    with pytest.raises(UserError, match="a budget needs the cost of every model"):
        fitted(topics()[0], budget_usd=0.02)


def test_where_no_cascade_keeps_the_budget_the_cheapest_is_asked():
    ones = np.ones((4, 2))
    assert best_cascades(ones, ones * [0.5, 0.1], ones, [0.05]) == [(1, 1, -inf)]


def test_scores_equal_the_formula_written_as_loops():
    policy, asked = fitted(sample_train(), epochs=3), sample_train(n=4, seed=1).inputs
    for question, said in zip(asked.vectors, policy.predict(asked).score, strict=True):
        logits = [sum(a * b for a, b in zip(question, one, strict=True)) for one in policy.weights]
        assert said == pytest.approx([1 / (1 + exp(-x - b)) for x, b in zip(logits, policy.offsets, strict=True)])


def test_learns_whom_to_ask_first_and_pays_for_all_who_are_asked():
    train, asked, expert = topics(n_topic=2, cost=[0.1, 0.5])
    policy = fitted(train)
    prediction = policy.predict(asked)
    chosen, whom = policy.decide(prediction, Point())
    assert (chosen == expert).mean() > 0.95
    assert whom.sum(axis=1).tolist() == [1 if one == 0 else 2 for one in chosen]  # the cheaper of two equal cascades
    budgets = [policy.decide(prediction, point) for point in policy.points[1:]]
    spent = [(one.asked * [0.1, 0.5]).sum(axis=1).mean() for one in budgets]
    assert spent == sorted(spent)
    assert spent[-1] <= 0.5


def test_without_costs_there_is_one_cascade():
    policy = fitted(topics()[0])
    assert policy.points == (Point(),)

"""Metrics of the plane of cost and accuracy, against slow references; ParetoDist against its published table."""

from itertools import combinations

import numpy as np
import pytest

from tasks.measure.metrics.aiq import aiq
from tasks.measure.metrics.cost_save import cost_save
from tasks.measure.metrics.pareto_dist import pareto_dist
from tasks.measure.metrics.pareto_frontier import pareto_frontier
from tasks.measure.metrics.perf_gain import perf_gain
from tasks.measure.metrics.regret_at_equal_cost import regret_at_equal_cost
from tasks.measure.resampled import Resampled

PUBLISHED = {  # LLMRouterBench's Figure 11: US dollars and AvgAcc on the test part
    "GPT-5": [(125.64, 65.95)],
    "Gemini-2.5-Pro": [(229.89, 60.80)],
    "DeepSeek-R1": [(59.59, 57.86)],
    "Qwen3-Thinking": [(36.45, 57.64)],
    "Qwen3-235B": [(7.14, 55.67)],
    "GLM-4.6": [(62.91, 55.61)],
    "Kimi-K2": [(14.41, 54.59)],
    "DeepSeek-V3.1": [(9.09, 53.11)],
    "GPT-5-Chat": [(18.08, 52.46)],
    "Gemini-2.5-Flash": [(32.89, 47.84)],
    "Claude-Sonnet-4": [(70.57, 47.27)],
    "Intern-S1": [(14.02, 44.57)],
    "DeepSeek-V3": [(5.03, 44.41)],
    "OpenRouter": [(82.33, 49.72)],
    "Random": [(52.0, 53.4)],
    "HybridLLM": [(18.67, 57.56)],
    "FrugalGPT": [(59.16, 59.70)],
    "RouteLLM": [(111.26, 67.67)],
    "GraphRouter": [(150.34, 67.73), (43.33, 59.65), (6.94, 56.93)],
    "Avengers-Pro": [
        *((2.2, 45.53), (2.4, 48.6), (2.5, 50.8), (2.7, 52.1), (3.15, 53.8), (3.5, 54.8), (8.3, 59.0), (14.92, 60.46)),
        *((21.68, 60.92), (29.34, 61.32), (38.2, 61.81), (50.1, 62.7), (65.4, 64.1), (74.9, 64.9), (87.3, 66.2)),
        *((92.9, 66.6), (105.0, 68.2), (116.0, 68.5), (128.8, 68.62), (133.0, 68.58)),
    ],
}


def field(methods, models=()):
    """Points of (cost of 10 questions, accuracy) of each method, in one dataset of 10 questions, R resamples each."""
    names = [(name, point) for name, points in methods.items() for point in points]
    cost, accuracy = np.moveaxis(np.array([np.atleast_2d(point) for _, point in names], dtype=float), -1, 0)
    n = np.full((1, *cost.T.shape), 10.0)
    own = tuple(name for name, _ in names)
    labels = tuple(f"{name} [{place}]" for place, name in enumerate(own))
    return Resampled(
        10 * accuracy.T[None],
        n,
        cost.T[None],
        n,
        names=labels,
        methods=own,
        models=tuple(name in models for name in own),
    )


def baseline(cost, accuracy):
    return Resampled(np.array([[10 * accuracy]]), np.array([[10.0]]), np.array([[cost]]), np.array([[10.0]]))


def dominates(q, p):
    return q[0] <= p[0] and q[1] >= p[1] and q != p


def slow_frontier(points):
    return [not any(dominates(q, p) for q in points) for p in points]


def test_pareto_dist_gives_the_published_table():
    found = pareto_dist(field({name: [(c, a / 100) for c, a in of] for name, of in PUBLISHED.items()}))
    wanted = {"OpenRouter": 0.394, "Random": 0.231, "Avengers-Pro": 0.001}
    assert {name: found[name][0] for name in wanted} == pytest.approx(wanted, abs=0.0015)
    # near the others lie vertices that the figure does not let one read: 20 of Avengers-Pro's 101 points are known
    wanted = {"FrugalGPT": 0.152, "GraphRouter": 0.087, "HybridLLM": 0.062, "RouteLLM": 0.037}
    assert {name: found[name][0] for name in wanted} == pytest.approx(wanted, abs=0.016)


@pytest.mark.parametrize("seed", range(20))
def test_frontier_and_distance_are_those_of_the_definition(seed):
    generator = np.random.default_rng(seed)
    n, resamples = int(generator.integers(1, 12)), 3
    grid = generator.integers(0, 5, (n, resamples, 2)) / 4.0  # with ties, and equal points
    methods = {f"m{i % 4}": [] for i in range(n)}
    for i in range(n):
        methods[f"m{i % 4}"].append(grid[i].tolist())
    made = field(methods)
    on, far = pareto_frontier(made), pareto_dist(made)
    for r in range(resamples):
        points = {name: [tuple(point[r]) for point in of] for name, of in methods.items()}
        flat = [point for of in points.values() for point in of]
        assert [on[name][r] for name in made.names] == slow_frontier(flat)
        low, high = np.min(flat, axis=0), np.max(flat, axis=0)
        scale = np.where(high > low, high - low, 1.0)
        vertices = [p for p, inside in zip(flat, slow_frontier(flat), strict=True) if inside]
        for name, of in points.items():
            wanted = np.mean([min(np.abs((np.array(p) - v) / scale).sum() for v in vertices) for p in of])
            assert far[name][r] == pytest.approx(wanted)


def slow_hull(points, budget):
    """The most accurate mixture of two of the points, or of one and nothing, that costs no more than the budget."""
    best = 0.0
    for (c, a), (d, b) in combinations([(0.0, 0.0), (0.0, 0.0), *points], 2):
        shares = [0.0, 1.0] + ([(budget - d) / (c - d)] if c != d else [])
        inside = [s for s in shares if 0 <= s <= 1 and s * c + (1 - s) * d <= budget + 1e-12]
        best = max([best, *(s * a + (1 - s) * b for s in inside)])
    return best


@pytest.mark.parametrize("seed", range(12))
def test_aiq_is_the_mean_of_the_best_mixture_over_budgets(seed):
    generator = np.random.default_rng(seed)
    points = generator.random((int(generator.integers(1, 9)), 2)).tolist()
    if seed % 3 == 0:
        points[0][0] = 0.0  # free of cost
    budgets = (np.arange(400) + 0.5) / 400 * 0.8
    wanted = np.mean([slow_hull(points, budget) for budget in budgets])
    assert aiq(field({"m": points}), baseline(0.8, 0.5)) == pytest.approx(wanted, abs=2e-3)


def test_hulls_of_many_resamples_are_those_of_each():
    points = np.random.default_rng(0).random((7, 50, 2))
    together = aiq(field({"m": list(points)}), Resampled(*(np.full((1, 50), one) for one in (5.0, 10.0, 0.8, 10.0))))
    alone = [aiq(field({"m": points[:, r].tolist()}), baseline(0.8, 0.5))[0] for r in range(50)]
    assert together == pytest.approx(alone)


def test_perf_gain_and_cost_save_are_those_of_the_published_points():
    best = baseline(125.64, 0.6595)
    routellm, graph = (field({"m": [(c, a / 100) for c, a in PUBLISHED[name]]}) for name in ("RouteLLM", "GraphRouter"))
    assert perf_gain(routellm, best) == pytest.approx(0.026, abs=5e-4)
    assert cost_save(routellm, best) == pytest.approx(0.114, abs=5e-4)
    assert perf_gain(graph, best) == pytest.approx(0.028, abs=2e-3)
    assert cost_save(graph, best) == pytest.approx(-0.197, abs=5e-4)
    hybrid = field({"m": [(18.67, 0.5756)]})
    assert perf_gain(hybrid, best) == pytest.approx(-0.127, abs=5e-4)
    assert np.isnan(cost_save(hybrid, best)).all(), "no point is as accurate"
    itself = field({"m": [(125.64, 0.6595)]})
    assert (perf_gain(itself, best), cost_save(itself, best)) == (0.0, 0.0)


def test_regret_is_against_the_best_model_that_costs_no_more():
    made = field(
        {"a": [(1.0, 0.5)], "b": [(3.0, 0.4)], "c": [(5.0, 0.8)], "r": [(0.5, 0.3), (4.0, 0.7), (6.0, 0.6)]}, "abc"
    )
    found = [value[0] for value in regret_at_equal_cost(made).values()]
    assert found == pytest.approx([0.0, 0.1, 0.0, np.nan, -0.2, 0.2], nan_ok=True)

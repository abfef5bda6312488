import numpy as np
import pytest

from profiles.registry import METRICS, offered
from tasks.measure.leaderboard import leaderboard
from tasks.measure.metric import metric, metrics
from tests.contracts.test_metrics import outcomes


@pytest.fixture
def added():
    """Metrics of a test, gone after it."""
    yield metric
    for name in set(metrics.names()) - set(offered(METRICS)):
        del metrics._entries[name]


def test_a_field_is_told_once_with_its_points_and_a_metric_without_its_baseline_not_at_all(added):
    @added("n_point", level="field", unit="points", better="neither")
    def n_point(field):
        return np.full(field.accuracy.shape[0], float(len(field.names)))

    @added("over_nobody", level="pair", unit="fraction", better="higher", against=("nobody",))
    def over_nobody(system, nobody):
        raise AssertionError

    found, datasets = outcomes()
    board = leaderboard(found, datasets, 20, np.random.default_rng(0))
    [row] = board.metrics.filter(metric="n_point").to_dicts()
    assert (row["system"], row["value"], row["ci_low"], row["ci_high"]) == ("*", 7, 7, 7)
    assert board.metrics.filter(metric="over_nobody").is_empty()
    fewer = leaderboard(found[:-2], datasets, 20, np.random.default_rng(0)).metrics.filter(metric="n_point")
    assert fewer.item(0, "point_set") != row["point_set"]


def test_a_point_of_other_questions_or_unknown_cost_is_not_of_the_field():
    found, datasets = outcomes()
    by_name = {one.system: one for one in found}
    by_name["yours"].scores[:, 0] = np.nan
    by_name["mine"].costs[0, 0] = by_name["mine [cheap]"].costs[0, 0] = np.nan
    board = leaderboard(found, datasets, 20, np.random.default_rng(0)).metrics
    assert set(board.filter(metric="hypervolume")["system"]) == {"best-single", "random", "cheapest", "majority"}


def test_a_metric_that_fails_costs_only_its_own_rows(added):
    @added("broken", level="system", unit="share", better="higher")
    def broken(system):
        raise ZeroDivisionError("no such thing")

    found, datasets = outcomes()
    board = leaderboard(found, datasets, 20, np.random.default_rng(0))
    [gap] = board.gaps
    assert (gap.kind, gap.name) == ("metric", "broken")
    assert "no such thing" in gap.reason
    assert board.metrics["metric"].n_unique() == len(metrics.names()) - 1


def test_another_metric_moves_no_number(added):
    found, datasets = outcomes()
    before = leaderboard(found, datasets, 50, np.random.default_rng(0))

    @added("above_cheapest", level="pair", unit="share", better="higher", against=("cheapest",))
    def above_cheapest(system, cheapest):
        return system.accuracy - cheapest.accuracy

    after = leaderboard(found, datasets, 50, np.random.default_rng(0))
    rest = after.metrics.remove(metric="above_cheapest")
    assert rest.equals(before.metrics)
    assert after.comparisons.equals(before.comparisons)

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tasks.measure.leaderboard import leaderboard
from tasks.measure.outcomes import Outcomes


def outcomes(system, scores, costs=0.01, calls=1.0):
    scores = np.atleast_2d(np.asarray(scores, dtype=float))
    asked = ~np.isnan(scores)
    return Outcomes(
        system,
        scores,
        np.where(asked, costs, np.nan),
        np.where(asked, calls, np.nan),
        np.full(scores.shape, None, dtype=object),
    )


DATASETS = np.array(["a", "a", "a", "a", "b", "b"], dtype=object)
SEEDS = np.array([[1, 0, 1, np.nan, 1, np.nan], [1, 1, np.nan, 0, 0, np.nan]], dtype=float)


@pytest.fixture
def board():
    systems = [
        outcomes("best-single", np.where(np.isnan(SEEDS), np.nan, 0.5)),
        outcomes("random", np.where(np.isnan(SEEDS), np.nan, 0.25)),
        outcomes("oracle", np.where(np.isnan(SEEDS), np.nan, 1.0)),
        outcomes("majority", np.where(np.isnan(SEEDS), np.nan, 0.5), costs=np.nan, calls=4.0),
        outcomes("mine", SEEDS, costs=0.02, calls=3.0),
        outcomes("limited", [[1, np.nan, np.nan, np.nan, np.nan, np.nan], [np.nan] * 6]),
    ]
    return leaderboard(systems, DATASETS, 200, np.random.default_rng(0))


def value(metrics, system, metric, dataset="*", column="value"):
    keys = {"system": system, "metric": metric, "dataset": dataset}
    return metrics.filter(*(pl.col(name) == key for name, key in keys.items())).item(0, column)


def test_accuracy_by_hand(board):
    metrics = board.metrics
    # per question: a = 1, 0.5, 1, 0 and b = 0.5; the last question of b was never tested
    assert value(metrics, "mine", "accuracy", "a") == pytest.approx(2.5 / 4)
    assert value(metrics, "mine", "accuracy", "b") == pytest.approx(0.5)
    assert value(metrics, "mine", "accuracy") == pytest.approx((0.625 + 0.5) / 2)
    assert value(metrics, "mine", "accuracy_micro") == pytest.approx(3.0 / 5)
    assert value(metrics, "mine", "accuracy", column="n") == 5


def test_seeds_are_spread_and_their_mean_is_a_metric_of_its_own(board):
    metrics = board.metrics
    by_seed = [(2 / 3 + 1) / 2, (2 / 3 + 0) / 2]
    assert value(metrics, "mine", "accuracy_by_seed") == pytest.approx(np.mean(by_seed))
    assert value(metrics, "mine", "accuracy", column="spread") == pytest.approx(np.std(by_seed, ddof=1))
    assert value(metrics, "limited", "accuracy", column="spread") is None


def test_gains_by_hand(board):
    metrics = board.metrics
    assert value(metrics, "mine", "gain_at_best") == pytest.approx(((0.625 / 0.5 - 1) + 0) / 2)
    assert value(metrics, "mine", "gain_at_random_ratio") == pytest.approx(0.5625 / 0.25 - 1)
    assert value(metrics, "mine", "gap_at_oracle") == pytest.approx((0.375 + 0.5) / 2)
    assert value(metrics, "best-single", "gain_at_best") == 0


def test_gains_by_seed_are_the_mean_of_each_seeds_own_test_part(board):
    metrics = board.metrics
    of_one = [(2 / 3 + 1) / 2, (2 / 3 + 0) / 2]  # the baselines are as good in both datasets
    for name, of_baseline in (("gain_at_best", 0.5), ("gain_at_random", 0.25), ("gap_at_oracle", 1.0)):
        gain = np.mean(of_one) / of_baseline - 1
        assert value(metrics, "mine", f"{name}_by_seed") == pytest.approx(abs(gain) if of_baseline == 1 else gain)


def test_gap_closed_by_hand(board):
    metrics = board.metrics
    assert value(metrics, "mine", "gap_closed") == pytest.approx((0.5625 - 0.5) / (1 - 0.5))
    assert value(metrics, "best-single", "gap_closed") == 0
    assert value(metrics, "oracle", "gap_closed") == 1


def test_a_system_that_states_probabilities_has_a_brier_score_and_a_calibration_error(board):
    assert board[0].filter(pl.col("metric").is_in(["brier", "calibration_error"])).is_empty()
    sure = replace(outcomes("sure", SEEDS), probabilities=np.where(np.isnan(SEEDS), np.nan, 0.75))
    metrics, *_ = leaderboard([sure], DATASETS, 50, np.random.default_rng(0))
    # by question: a = 1/16, mean of 1/16 and 9/16, 1/16, 9/16 and b = mean of 1/16 and 9/16
    assert value(metrics, "sure", "brier") == pytest.approx((1 + 5 + 1 + 9 + 5) / 16 / 5)
    assert value(metrics, "sure", "calibration_error") == pytest.approx(abs(0.75 - 3.0 / 5))
    assert value(metrics, "sure", "brier", column="n") == 5


def test_effort_is_of_the_questions_asked_and_unknown_cost_is_null(board):
    metrics = board.metrics
    assert value(metrics, "mine", "calls") == 15
    assert value(metrics, "mine", "calls", column="n") == 5
    assert value(metrics, "mine", "cost_usd") == pytest.approx(0.1)
    assert value(metrics, "mine", "cost_usd", "b") == pytest.approx(0.02)
    assert value(metrics, "majority", "cost_usd") is None


def test_a_system_that_covers_less_is_compared_on_what_it_covers(board):
    metrics, comparisons, _ = board
    assert value(metrics, "limited", "accuracy", column="n") == 1
    row = comparisons.filter(pl.col("system") == "limited", pl.col("baseline") == "best-single").to_dicts()[0]
    assert (row["n"], row["difference"]) == (1, 0.5)
    assert (row["won"], row["lost"], row["p_mcnemar"]) == (1, 0, 1)


def test_every_system_is_compared_with_both_and_only_hypotheses_are_tested(board):
    comparisons = board.comparisons
    pairs = set(comparisons.select("system", "baseline").iter_rows())
    assert {("mine", "best-single"), ("mine", "majority"), ("majority", "best-single")} <= pairs
    assert not {("best-single", "best-single"), ("best-single", "majority")} & pairs
    oracle = comparisons.filter(pl.col("system") == "oracle")
    assert oracle["p_value"].null_count() == oracle["p_holm"].null_count() == len(oracle) == 2
    tested = comparisons.drop_nulls("p_value")
    assert (tested["p_holm"] >= tested["p_value"]).all()


def test_the_same_generator_gives_the_same_intervals():
    systems = [outcomes("best-single", SEEDS), outcomes("majority", 1 - SEEDS)]
    first, second = (leaderboard(systems, DATASETS, 100, np.random.default_rng(7)) for _ in range(2))
    assert first[0].equals(second[0])
    assert first[1].equals(second[1])

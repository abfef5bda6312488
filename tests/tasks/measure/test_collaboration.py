import numpy as np
import pytest

from tasks.measure.collaboration import calibration_of, effort_of, line_of, shares_of
from tasks.measure.outcomes import Outcomes

DATASETS = np.array(["a"] * 30 + ["b"] * 20 + ["c"] * 10, dtype=object)
N = len(DATASETS)


def system(name, scores, calls=1.0, costs=0.01, **more):
    asked = ~np.isnan(scores)
    ids = np.where(asked, "r", None)
    return Outcomes(name, scores, np.where(asked, costs, np.nan), np.where(asked, calls, np.nan), ids, **more)


@pytest.fixture
def world():
    """Two seeds of which the preset ran on one; a question without a verdict of the best single model."""
    generator = np.random.default_rng(1)
    oracle = (generator.random((2, N)) < 0.95).astype(float)
    best = oracle * (generator.random((2, N)) < 0.6)
    best[0, 3] = np.nan
    mine = oracle * (generator.random((2, N)) < 0.8)
    mine[1] = np.nan
    return system("best-single", best), system("oracle", oracle), system("mine", mine)


def mean_of_means(values, keep):
    return np.mean([values[keep & (name == DATASETS)].mean() for name in "abc"])


def test_a_preset_is_held_against_baselines_on_its_own_answers(world):
    best, oracle, mine = world
    line = line_of(mine, [oracle, best], ~np.isnan(mine.calls), DATASETS, 50)
    both = ~np.isnan(best.scores[0])  # the other seed's answers of the baselines do not count
    own, theirs, top = (mean_of_means(one.scores[0], both) for one in (mine, best, oracle))
    assert line.accuracy.value == pytest.approx(mean_of_means(mine.scores[0], np.ones(N, dtype=bool)))
    assert (line.accuracy.n, line.differences["best-single"].n, line.differences["oracle"].n) == (N, N - 1, N)
    assert line.differences["best-single"].value == pytest.approx(own - theirs)
    assert line.gap_closed.value == pytest.approx((own - theirs) / (top - theirs))
    assert line.gap_closed.low < line.gap_closed.value < line.gap_closed.high


def test_the_interval_of_the_closed_gap_is_that_of_a_plain_loop(world):
    best, oracle, mine = world
    cells = ~np.isnan(mine.calls)
    line = line_of(mine, [oracle, best], cells, DATASETS, 3000)
    generator, slow = np.random.default_rng(9), []
    usable = np.flatnonzero(~np.isnan(best.scores[0]))
    for _ in range(3000):
        drawn = []
        for name in "abc":
            inside = usable[DATASETS[usable] == name]
            picks = generator.choice(inside, len(inside))
            drawn.append([one.scores[0, picks].mean() for one in (mine, best, oracle)])
        own, theirs, top = np.mean(drawn, axis=0)
        slow.append((own - theirs) / (top - theirs))
    low, high = np.percentile(slow, [2.5, 97.5])
    assert (line.gap_closed.low, line.gap_closed.high) == pytest.approx((low, high), abs=0.06)


def test_ends_of_the_gap_close_none_and_all_of_it(world):
    best, oracle, _ = world
    cells = ~np.isnan(oracle.calls)
    for one, closed in ((best, 0.0), (oracle, 1.0)):
        line = line_of(one, [oracle, best], cells, DATASETS, 20)
        assert (line.gap_closed.value, line.gap_closed.low, line.gap_closed.high) == (closed, closed, closed)
        assert one.system not in line.differences


def test_without_a_gap_there_is_no_share_of_it():
    same = np.tile([1.0, 0.0], N // 2)[None]
    best, oracle, mine = (system(name, same) for name in ("best-single", "oracle", "mine"))
    line = line_of(mine, [oracle, best], ~np.isnan(same), DATASETS, 20)
    assert (line.gap_closed.value, line.gap_closed.low) == (None, None)


def test_by_dataset_with_holm_over_the_datasets():
    best = np.zeros((1, N))
    mine = np.where(DATASETS == "a", 1.0, 0.0)[None]
    mine[0, 30] = 1.0
    mine[0, 50:] = np.nan  # never judged in c
    cells = np.ones((1, N), dtype=bool)
    lines = line_of(
        system("mine", mine),
        [system("oracle", np.ones((1, N))), system("best-single", best)],
        cells,
        DATASETS,
        400,
    ).by_dataset
    assert [one.dataset for one in lines] == ["a", "b", "c"]
    assert [one.difference.value for one in lines] == [1.0, 0.05, None]
    assert [one.difference.n for one in lines] == [30, 20, 0]
    assert lines[0].p_holm == pytest.approx(2 / 401), "the smallest p, twice: two datasets were tested"
    assert lines[1].p_holm == pytest.approx(1.0)
    assert [one.significance(0.05) for one in lines] == [1, 0, 0]
    worse = line_of(system("worse", best), [system("best-single", mine)], cells, DATASETS, 400)
    assert [one.significance(0.05) for one in worse.by_dataset] == [-1, 0, 0]


def test_calls_saved_are_a_share_of_those_that_were_needed():
    calls = np.where(DATASETS == "a", 15.0, 11.0)[None].copy()
    saved = np.zeros((1, N))
    saved[0, :10], calls[0, :10] = 6, 9
    missing = np.zeros((1, N))
    missing[0, :6] = 1
    preset = system("mine", np.ones((1, N)), calls)
    found = effort_of(preset, saved, missing, DATASETS, 200)
    assert found.needed.value == pytest.approx((calls.sum() + 60) / N)
    assert found.saved.value == pytest.approx(60 / (calls.sum() + 60))
    assert found.saved.low < found.saved.value < found.saved.high
    assert (found.stopped.value, found.missing.value) == pytest.approx((10 / N, 0.1))
    assert (found.n_answer, found.n_silent) == (N, 0)


def test_where_nothing_is_aggregated_there_is_nothing_to_stop():
    nothing = np.full((1, N), np.nan)
    found = effort_of(system("mine", np.ones((1, N))), nothing, nothing, DATASETS, 20)
    assert (found.saved.value, found.stopped.value, found.missing.value) == (0, None, None)


def test_a_cost_is_of_the_questions_whose_cost_is_known():
    scores = np.ones((1, N))
    costs = np.full((1, N), 0.02)
    costs[0, :5] = np.nan
    baselines = [system("oracle", scores), system("best-single", scores)]
    line = line_of(system("mine", scores, costs=costs), baselines, scores == 1, DATASETS, 20)
    assert (line.cost_usd.value, line.cost_usd.n) == (pytest.approx(0.02), N - 5)
    line = line_of(
        system("mine", scores, costs=np.full((1, N), np.nan)),
        baselines,
        scores == 1,
        DATASETS,
        20,
    )
    assert (line.cost_usd.value, line.cost_usd.n) == (None, 0)
    assert line.differences["best-single"].value == 0


def test_shares_of_chosen_models_by_hand():
    chosen = np.zeros((N, 2))
    chosen[:, 0] = 1
    chosen[:15, 1] = 1
    chosen[30:34, 1] = 0.5
    chosen[50:] = np.nan
    datasets, shares, overall = shares_of(chosen, DATASETS, 300)
    assert datasets == ("a", "b")
    assert shares == pytest.approx(np.array([[1, 0.5], [1, 0.1]]))
    assert (overall[0].value, overall[0].high, overall[1].n) == (1, 1, 50)
    assert 0.9 < overall[0].low < 1, "of fifty questions"
    assert overall[1].value == pytest.approx(0.3)
    assert overall[1].low < 0.3 < overall[1].high


def test_calibration_is_of_what_was_answered():
    scores = np.tile([1.0, 0.0], N // 2)[None]
    scores[0, 40:] = np.nan
    preset = system("mine", scores, probabilities=np.where(np.isnan(scores), np.nan, 0.5))
    found = calibration_of(preset, DATASETS, 20)
    assert (found.brier.value, found.error.value, found.brier.n) == (0.25, 0.0, 40)
    assert calibration_of(system("mute", scores), DATASETS, 20) is None

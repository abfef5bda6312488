"""Figures of a study against plain loops."""

import numpy as np

from tasks.analyse.analysis import Material, not_shown, studies_of
from tasks.analyse.answer import Answers
from tasks.analyse.points import Accumulator, study_points
from tasks.analyse.split_data import order_of
from tasks.route.baselines.best_single import best_single
from tests.ablation_world import BASE, ENSEMBLE, POOL, RUN


def macro(by_question, datasets):
    found = []
    for name in sorted(set(datasets)):
        inside = [value for value, dataset in zip(by_question, datasets, strict=True) if dataset == name]
        known = [value for value in inside if value is not None]
        found.append(sum(known) / len(known))
    return sum(found) / len(found)


def test_figures_of_a_study_are_those_of_plain_loops(harness, studies):
    study = next(one for one in studies if one.name == "k")
    datasets = harness.matrix.questions["dataset"].to_list()
    points = study_points(study, harness.answered(study), np.array(datasets), 2000).filter(dataset="*")
    seen, calls = [], []
    for setting in study.settings:
        scores = [[] for _ in datasets]
        asked = [[] for _ in datasets]
        for seed in RUN.seeds:
            runner = harness.runner(seed)
            answers = runner.answer(setting)
            for at, score, call in zip(runner.data.tested, answers.scores, answers.calls, strict=True):
                scores[at].append(score)
                asked[at].append(call)
        seen.append([sum(one) / len(one) if one else None for one in scores])
        known = [sum(one) / len(one) for one in asked if one]
        calls.append(sum(known) / len(known))
    base = seen[study.base_at]
    for row, mine, call in zip(points.iter_rows(named=True), seen, calls, strict=True):
        gap = [None if a is None else a - b for a, b in zip(mine, base, strict=True)]
        np.testing.assert_allclose(row["accuracy"], macro(mine, datasets), atol=1e-12)
        np.testing.assert_allclose(row["difference"], macro(gap, datasets), atol=1e-12)
        np.testing.assert_allclose(row["calls"], call, atol=1e-12)
        assert row["ci_low"] <= row["accuracy"] <= row["ci_high"]
        assert row["difference_low"] <= row["difference"] <= row["difference_high"]
        assert row["n"] == sum(one is not None for one in mine)
    assert points.filter("base")["difference_high"].item() == 0.0


def test_what_is_unknown_stays_unknown():
    accumulator = Accumulator(3)
    nan = np.nan
    accumulator.add(np.array([0, 1]), Answers(np.array([1.0, nan]), np.array([2.0, 2.0]), np.array([nan, 0.5])))
    accumulator.add(np.array([0]), Answers(np.array([0.0]), np.array([4.0]), np.array([nan])))
    np.testing.assert_array_equal(accumulator.means, [[0.5, nan, nan], [3.0, 2.0, nan], [nan, 0.5, nan]])


def test_a_pool_grows_by_accuracy_on_the_bank_and_never_on_what_is_answered(harness, studies):
    study = next(one for one in studies if one.name == "pool")
    runner = harness.runner(0)
    labels, datasets = runner.data.labels, runner.data.datasets
    accuracy = [np.mean([np.nanmean(labels[datasets == name, m]) for name in set(datasets)]) for m in range(4)]
    for setting in study.settings:
        order, size = setting.pool
        chosen = set(runner.models(setting).tolist())
        assert len(chosen) == size
        ranked = sorted(range(4), key=lambda m: accuracy[m], reverse=order == "best first")
        if order not in ("random", "curated"):
            assert chosen == set(ranked[:size])


def test_the_best_model_is_the_best_single_of_the_leaderboard(harness):
    data = harness.runner(0).data
    lucky = np.argmin(np.nanmean(data.labels, axis=0))
    harness.matrix.score[data.bank, lucky] = np.nan
    harness.matrix.score[data.bank[0], lucky] = 1.0
    known = np.isin(np.arange(len(harness.matrix.score)), data.bank)
    (always,) = set(best_single(harness.matrix, known, ~known).chosen.tolist())
    assert order_of(data, "best first")[0] == order_of(data, "worst first")[-1] == always != lucky


def test_every_study_has_its_base_and_two_settings_at_least(studies):
    for study in studies:
        assert len(study.settings) >= 2, study.name
        assert study.settings[study.base_at].label == study.base[0]
        assert len({(one.label, one.series) for one in study.settings}) == len(study.settings), study.name


def test_what_cannot_be_shown_is_said(harness):
    matrix = harness.matrix
    assert "cost weight λ" not in not_shown(POOL, matrix)
    assert "cost" in {study.name for study in studies_of(Material(RUN, POOL, matrix, BASE, ENSEMBLE, BASE))}
    matrix.cost_usd[:, 1] = np.nan
    assert "of 1 of 4 models" in not_shown(POOL, matrix)["cost weight λ"]
    assert "cost" not in {study.name for study in studies_of(Material(RUN, POOL, matrix, BASE, ENSEMBLE, BASE))}
    assert any("has no aggregator" in why for why in not_shown(POOL, matrix).values())

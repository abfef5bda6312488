"""What analyses say of the models themselves, against plain loops over questions."""

from types import SimpleNamespace

import numpy as np
import pytest

from tasks.analyse.split_data import order_of
from tests.ablation_world import MODELS, RUN


def settings_of(harness, studies, name):
    """(seed's data, its runner, setting, answers) of a study."""
    study = next(one for one in studies if one.name == name)
    for seed in RUN.seeds:
        runner = harness.runner(seed)
        for setting in study.settings:
            yield runner, setting, setting.answer(runner, setting)


def rows(runner):
    score = runner.data.matrix.score
    return [[None if np.isnan(one) else one for one in score[at]] for at in runner.data.tested]


def best_on_bank(runner):
    labels, datasets = runner.data.labels, runner.data.datasets
    means = [np.mean([np.nanmean(labels[datasets == name, m]) for name in set(datasets)]) for m in range(len(MODELS))]
    return int(np.argmax(means))


def greedy(runner):
    """Positions of models, each the one that adds most to the bank questions that any before it solves."""
    labels, datasets = np.nan_to_num(runner.data.labels), runner.data.datasets
    found = []
    while len(found) < len(MODELS):

        def worth(model, found=tuple(found)):
            solved = labels[:, [*found, model]].max(axis=1)
            return np.mean([solved[datasets == name].mean() for name in sorted(set(datasets))])

        left = [m for m in range(len(MODELS)) if m not in found]
        found.append(max(left, key=worth))
    return found


def known_max(values):
    known = [one for one in values if one is not None]
    return max(known) if known else np.nan


def test_complementarity_is_what_two_models_solve_together(harness, studies):
    for runner, setting, answers in settings_of(harness, studies, "complementarity"):
        best = best_on_bank(runner)
        chosen = {"alone": [], "it or the best": [best], "": [best]}[setting.series]
        chosen = {*chosen, *([MODELS.index(setting.label)] if setting.label in MODELS else [])}
        np.testing.assert_array_equal(answers.scores, [known_max([row[m] for m in chosen]) for row in rows(runner)])
        assert set(answers.calls[~np.isnan(answers.scores)]) == {len(chosen)}


def test_an_oracle_over_a_curated_pool_is_never_below_one_over_fewer(harness, studies):
    for runner, setting, answers in settings_of(harness, studies, "oracle-by-size"):
        order, size = setting.pool
        if order == "curated":
            chosen = greedy(runner)[:size]
            np.testing.assert_array_equal(answers.scores, [known_max([row[m] for m in chosen]) for row in rows(runner)])
        if size == len(MODELS):
            np.testing.assert_array_equal(answers.scores, [known_max(row) for row in rows(runner)])


@pytest.mark.parametrize("n", [5, 7, 11])
def test_of_models_that_add_the_same_the_first_is_taken(n):
    """Not the one whose column sums are rounded up."""
    generator = np.random.default_rng(n)
    same = np.tile((generator.random((193, 1)) < 0.6).astype(float), n)
    datasets = np.array(["a", "b", "c"])[generator.integers(0, 3, len(same))]
    assert order_of(SimpleNamespace(labels=same, datasets=datasets), "curated") == list(range(n))


def test_recall_is_of_the_questions_that_somebody_solves(harness, studies):
    for runner, setting, answers in settings_of(harness, studies, "recall"):
        most = 3 if "3" in setting.series else len(MODELS)
        order = runner.ask(setting).ranking.order
        for row, first, score in zip(rows(runner), order[:, : int(setting.x)], answers.scores, strict=True):
            knowing = {m for m, value in enumerate(row) if value}
            told = 1 <= len(knowing) <= most and any(row[m] is not None for m in first)
            np.testing.assert_equal(score, float(bool(knowing & set(first.tolist()))) if told else np.nan)
        assert setting.x < len(MODELS) or set(answers.scores[~np.isnan(answers.scores)]) == {1.0}


def test_accuracy_by_number_of_knowing_models_adds_up_to_that_of_all(harness, studies):
    found = {}
    for runner, setting, answers in settings_of(harness, studies, "recall-failure"):
        knowing = np.array([sum(bool(value) for value in row) for row in rows(runner)])
        counted = ~np.isnan(answers.scores)
        if setting.label != "any number":
            assert set(knowing[counted]) <= {int(setting.label)}
        key = runner.data.seed, setting.series
        found.setdefault(key, {})[setting.label] = (np.nansum(answers.scores), int(counted.sum()))
        if setting.series == "drawn" and setting.label == str(len(MODELS)):
            assert set(answers.scores[counted]) <= {1.0}
    assert {series for _, series in found} == {"first by prior", "best on the bank", "drawn"}
    for groups in found.values():
        whole = groups.pop("any number")
        assert np.sum(list(groups.values()), axis=0) == pytest.approx(whole)

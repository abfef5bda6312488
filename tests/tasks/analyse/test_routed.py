"""Studies of routers, against plain loops and against routers that were fitted for the purpose."""

from dataclasses import replace

import numpy as np

from profiles.load import load_router
from tasks.analyse.analyses.data_scaling import part_of
from tasks.analyse.analyses.onboarding import OPTIONS, left_out
from tasks.analyse.routed import asked_of, train_of
from tasks.analyse.vectors import HASHED, LSA, RANDOM, hashed_vectors
from tasks.route.checks import train_of as made_train
from tasks.route.contract import Train, choose
from tasks.route.registry import router_of, routers
from tasks.route.routers.uniroute import UniRoute
from tests.ablation_world import MODELS, RUN

DATASETS = ("small-poems", "small-sums")


def study(studies, name):
    return next(one for one in studies if one.name == name)


def test_a_router_is_fitted_on_the_part_of_the_bank_that_it_may_know(harness, studies):
    data = harness.runner(0).data
    half, quarter = part_of(data, 0.5), part_of(data, 0.25)
    assert set(quarter.bank) < set(half.bank) < set(part_of(data, 1.0).bank) == set(data.bank)
    wanted = study(studies, "data-scaling")
    assert {one.series for one in wanted.settings} == {"best single", "concertino", "dataset-classifier", "knn"}
    setting = next(one for one in wanted.settings if (one.series, one.label) == ("knn", "25%"))
    known, texts = data.matrix.rows(quarter.bank), data.matrix.questions["text"].to_list()
    train = made_train(data.vectors[quarter.bank], known.score, known.cost_usd, known.datasets)
    policy = router_of(load_router("knn")).fit(train, print)
    chosen = choose(policy.predict(asked_of(data)))
    answers = setting.answer(harness.runner(0), setting)
    np.testing.assert_array_equal(answers.scores, data.matrix.score[data.tested, chosen])
    np.testing.assert_array_equal(answers.costs, data.matrix.cost_usd[data.tested, chosen])
    assert asked_of(data).texts == [texts[at] for at in data.tested]


def test_the_best_single_model_of_a_part_is_asked_alone(harness, studies):
    data = harness.runner(0).data
    for setting in study(studies, "data-scaling").settings:
        if setting.series == "best single":
            bank = part_of(data, setting.x).bank
            sets = [np.nanmean(data.matrix.score[bank][data.matrix.datasets[bank] == one], axis=0) for one in DATASETS]
            best = int(np.argmax(np.mean(sets, axis=0)))
            answers = setting.answer(harness.runner(0), setting)
            np.testing.assert_array_equal(answers.scores, data.matrix.score[data.tested, best])


def test_another_version_of_a_router_makes_its_studies_be_computed_anew_and_no_others(harness, studies, monkeypatch):
    before = {one.name: harness.inputs(one) for one in studies}
    monkeypatch.setattr(UniRoute, "version", "another")
    monkeypatch.setattr(routers.get("knn"), "version", "another")
    moved = {one.name for one in studies if harness.inputs(one) != before[one.name]}
    assert moved == {"data-scaling", "onboarding", "router-embedder"}


def test_leaving_a_model_out_is_a_fit_without_it(harness):
    data = harness.runner(1).data
    whole, inputs = train_of(data), asked_of(data)
    for new in range(len(MODELS)):
        others = [name for at, name in enumerate(MODELS) if at != new]
        train = Train(whole.known.only(others), whole.inputs, whole.validation, {}, whole.seed)
        refitted, found = UniRoute(OPTIONS).fit(train, print).predict(inputs), left_out(data, new).predict(inputs)
        np.testing.assert_allclose(found.score, refitted.score)
        np.testing.assert_allclose(found.cost, refitted.cost)


def test_a_new_models_answers_are_worth_more_the_more_there_are(harness, studies):
    found = {}
    for setting in study(studies, "onboarding").settings:
        found[setting.label] = np.mean(
            [np.nanmean(setting.answer(harness.runner(s), setting).scores) for s in RUN.seeds]
        )
    assert found["0 answers"] < found["1000 answers"] - 0.05
    assert found["10 answers"] < found["1000 answers"]


def test_the_same_words_have_the_same_vector_whatever_their_order():
    one, other, third, empty = hashed_vectors(["the red fox", "fox red the", "a blue whale", ""])
    np.testing.assert_allclose(one, other)
    assert one @ one > 0.999
    assert abs(one @ third) < 0.9
    assert not empty.any()


def test_routers_on_vectors_that_say_nothing_are_worse(harness, studies):
    whole = study(studies, "router-embedder")
    knn = replace(whole, settings=tuple(one for one in whole.settings if one.series == "knn"))
    means = [np.nanmean(one.means[0]) for one in harness.answered(knn)]
    found = dict(zip([one.label for one in knn.settings], means, strict=True))
    assert found["made"] > found[RANDOM] + 0.1
    assert list(found) == ["made", LSA, HASHED, RANDOM]

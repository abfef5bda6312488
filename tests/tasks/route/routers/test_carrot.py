import numpy as np
import pytest

from tasks.route.checks import sample_train, train_of
from tasks.route.contract import choose
from tasks.route.routers.carrot import Carrot, CarrotOptions, planes
from tests.topic_world import share_of_experts, topics


def fitted(train, **options):
    return Carrot(CarrotOptions(**options)).fit(train, lambda done, of: None)


def test_a_plane_is_the_least_squares_of_repeated_questions_and_one_fine_per_weight():
    generator = np.random.default_rng(0)
    vectors, values = np.hstack([generator.normal(size=(30, 4)), np.ones((30, 1))]), generator.random((30, 2))
    values[:7, 1] = np.nan
    counts = generator.integers(0, 4, 30)
    found = planes(vectors, values, counts, 2.0)
    for column in range(2):
        rows = [row for row in range(30) for _ in range(counts[row]) if not np.isnan(values[row, column])]
        fines = np.sqrt(2.0) * np.eye(5)[:4]
        wanted = np.append(values[rows, column], np.zeros(4))
        assert found[column] == pytest.approx(np.linalg.lstsq(np.vstack([vectors[rows], fines]), wanted, rcond=None)[0])


def test_prediction_is_the_mean_of_the_members_less_what_they_do_not_agree_on():
    policy, asked = fitted(sample_train(), disagreement=0.7), sample_train(n=4, seed=1).inputs
    for question, score, cost in zip(asked.vectors, *policy.predict(asked)[:2], strict=True):
        for model in range(3):
            said = [sum(a * b for a, b in zip([*question, 1], one[model], strict=True)) for one in policy.quality]
            mean = sum(said) / len(said)
            spread = (sum((one - mean) ** 2 for one in said) / len(said)) ** 0.5
            assert score[model] == pytest.approx(mean - 0.7 * spread)
            price = sum(a * b for a, b in zip([*question, 1], policy.price[model], strict=True))
            assert cost[model] == pytest.approx(max(price, policy.floor[model]))


def test_learns_who_knows_a_topic():
    train, asked, expert = topics()
    assert share_of_experts(fitted(train), asked, expert) > 0.95


def test_learns_that_one_topic_costs_more():
    train, asked, topic = topics(n_topic=2)
    dear = np.column_stack([np.where(train.known.score[:, 0] == 1, 0.9, 0.1), np.full(240, 0.5)])
    policy = fitted(train_of(train.inputs.vectors, np.full((240, 2), 0.5), dear), members=1)
    cost = policy.predict(asked).cost
    assert (np.argmin(cost, axis=1) == 1 - topic).mean() > 0.95
    assert (cost >= [0.1, 0.5]).all()
    assert (choose(policy.predict(asked), 1.0) == 1 - topic).mean() > 0.95


def test_a_model_of_which_less_is_known_loses_more_to_disagreement():
    generator = np.random.default_rng(0)
    scores = (generator.random((200, 2)) < 0.6).astype(float)
    scores[:90, 1] = np.nan
    train = train_of(generator.normal(size=(200, 8)), scores)
    plain, wary = (fitted(train, disagreement=one).predict(train.inputs).score for one in (0.0, 1.0))
    lost = (plain - wary).mean(axis=0)
    assert lost[1] > lost[0] > 0
    assert fitted(train, members=1, disagreement=1.0).predict(train.inputs).score == pytest.approx(
        fitted(train, members=1, disagreement=0.0).predict(train.inputs).score
    )

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.prior import choose, local_accuracy, log_odds, prior_scores, retrieve, totals_of


def unit(rng: np.random.Generator, rows: int, size: int = 16) -> np.ndarray:
    vectors = rng.normal(size=(rows, size)) + 0.7
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def slow_prior(question, bank, labels, k, rho, weighted):
    """Section 1.4 and 1.5 of the reference, one item at a time, in plain Python."""
    cosine = [math.fsum(float(a) * float(b) for a, b in zip(question, item, strict=True)) for item in bank]
    ranked = sorted(range(len(bank)), key=lambda j: -cosine[j])
    bound = rho * cosine[ranked[min(k, len(bank) - 1)]]
    kept = [j for j in ranked if cosine[j] > bound]
    scores = [
        math.fsum((cosine[j] if weighted else 1.0) * float(labels[j][m]) for j in kept) for m in range(len(labels[0]))
    ]
    return scores, len(kept)


def slow_top(scores, n):
    return [m for _, m in sorted((-score, m) for m, score in enumerate(scores))][:n]


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(("items", "k"), [(60, 10), (60, 59), (60, 400), (7, 3), (1, 400)])
def test_scores_and_choice_are_those_of_the_slow_reference(items, k, weighted):
    rng = np.random.default_rng(items + k)
    bank, questions = unit(rng, items), unit(rng, 9)
    labels = rng.integers(0, 2, (items, 5)).astype(float)
    scores, sizes = prior_scores(questions, bank, labels, k, 0.95, weighted=weighted)
    chosen = choose(scores, [3] * len(questions))
    for at, question in enumerate(questions):
        expected, size = slow_prior(question, bank, labels, k, 0.95, weighted)
        np.testing.assert_allclose(scores[at], expected, rtol=0, atol=1e-9)
        assert sizes[at] == size
        assert chosen[at].tolist() == slow_top(scores[at].tolist(), 3)


def test_more_than_k_plus_one_items_above_a_positive_bound():
    similarity = np.array([[0.9, 0.8, 0.79, 0.77, 0.5]])
    np.testing.assert_array_equal(retrieve(similarity, 1, 0.95), [[True, True, True, True, False]])


def test_a_negative_kth_cosine_puts_the_bound_above_itself():
    similarity = np.array([[0.3, -0.1, -0.5, -0.6]])
    np.testing.assert_array_equal(retrieve(similarity, 2, 0.95), [[True, True, False, False]])
    assert not retrieve(np.array([[-0.5]]), 400, 0.95).any()


def test_the_bound_itself_is_not_a_neighbour():
    assert retrieve(np.array([[0.5, 0.5, 0.5]]), 0, 1.0).sum() == 0


@pytest.mark.parametrize("missing", [0.0, 0.1, 0.9])
def test_scores_are_the_same_whatever_the_batch(missing):
    rng = np.random.default_rng(1)
    bank, questions = unit(rng, 40), unit(rng, 1100)
    labels = rng.integers(0, 2, (40, 4)).astype(float)
    labels[rng.random(labels.shape) < missing] = np.nan
    together, _ = prior_scores(questions, bank, labels, 8, 0.95, weighted=True)
    alone = np.vstack([prior_scores(q[None], bank, labels, 8, 0.95, weighted=True)[0] for q in questions[::100]])
    np.testing.assert_allclose(together[::100], alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_models_of_equal_labels_tie_whatever_the_batch(missing):
    rng = np.random.default_rng(4)
    bank, questions = unit(rng, 3000), unit(rng, 30)
    column = rng.integers(0, 2, 3000).astype(float)
    column[rng.random(3000) < missing] = np.nan
    labels, datasets = np.repeat(column[:, None], 13, axis=1), rng.integers(0, 11, 3000).astype(str)
    for batch in (questions, *questions[:, None]):
        published, _ = prior_scores(batch, bank, labels, 50, 0.95, weighted=True)
        assert (published == published[:, :1]).all()
        ours = local_accuracy(*near(batch, bank, 50), labels, datasets)
        assert (ours == ours[:, :1]).all()


def test_ties_keep_pool_order_and_unknown_models_come_last():
    scores = np.array([[1.0, 3.0, 3.0, np.nan, 1.0], [np.nan, 0.0, 0.0, 0.0, -1.0]])
    first, second = choose(scores, [3, 4])
    assert first.tolist() == [1, 2, 0]
    assert second.tolist() == [1, 2, 3, 4]


def test_as_many_as_there_are_models_is_all_of_them_in_pool_order():
    assert choose(np.array([[1.0, 3.0, 2.0]]), [3])[0].tolist() == [0, 1, 2]
    assert choose(np.array([[1.0, 3.0, 2.0]]), [9])[0].tolist() == [0, 1, 2]


def test_a_missing_label_is_not_wrong():
    rng = np.random.default_rng(2)
    bank, questions = unit(rng, 50), unit(rng, 5)
    labels = np.ones((50, 3))
    labels[:, 2] = 0.0
    labels[rng.random(50) < 0.6, 1] = np.nan
    scores, _ = prior_scores(questions, bank, labels, 20, 0.95, weighted=True)
    np.testing.assert_allclose(scores[:, 1], scores[:, 0])
    assert (scores[:, 2] == 0).all()
    local = local_accuracy(*near(questions, bank, 20), labels, np.full(50, "d"))
    assert (local[:, 1] > local[:, 2]).all()


def test_a_model_that_no_neighbour_was_asked_of_counts_with_its_mean_over_the_bank():
    bank = np.eye(4)[[0, 0, 1, 1]]
    labels = np.array([[1, np.nan], [1, np.nan], [0, 1], [0, 0]])
    scores, sizes = prior_scores(bank[:1], bank, labels, 1, 0.95, weighted=True)
    assert (scores.tolist(), sizes.tolist()) == ([[2.0, 1.0]], [2])


def test_a_model_without_any_label_has_no_prior_score_but_a_local_accuracy():
    rng = np.random.default_rng(3)
    bank, questions = unit(rng, 30), unit(rng, 2)
    labels = rng.integers(0, 2, (30, 2)).astype(float)
    labels[:, 1] = np.nan
    scores, _ = prior_scores(questions, bank, labels, 5, 0.95, weighted=False)
    assert np.isnan(scores[:, 1]).all()
    assert not np.isnan(scores[:, 0]).any()
    alone, sizes = prior_scores(-bank[:1], bank[[0] * 30], labels, 5, 0.95, weighted=True)
    assert (np.isnan(alone).tolist(), sizes.tolist()) == ([[False, True]], [0])
    assert np.isfinite(local_accuracy(*near(questions, bank, 5), labels, np.full(30, "d"))).all()


def near(questions, bank, k):
    similarity = questions @ bank.T
    order = np.argsort(-similarity, axis=1)[:, :k]
    return order, np.take_along_axis(similarity, order, axis=1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 6), st.floats(0, 1))
def test_local_accuracy_is_a_probability_whatever_is_missing(seed, items, models, missing):
    rng = np.random.default_rng(seed)
    bank = unit(rng, items)
    labels = rng.random((items, models))
    labels[rng.random((items, models)) < missing] = np.nan
    local = local_accuracy(*near(unit(rng, 3), bank, min(5, items)), labels, rng.integers(0, 3, items).astype(str))
    assert ((local > 0) & (local < 1)).all()
    assert np.isfinite(log_odds(local)).all()


def slow_accuracy(question, bank, labels, datasets, k):
    """One question and model at a time: neighbourhood against datasets against everything."""
    cosine = bank @ question
    order = sorted(range(len(bank)), key=lambda j: -cosine[j])[:k]
    weight = {j: max(float(cosine[j]), 0.0) ** 2 for j in order}
    known = [[j for j in range(len(bank)) if not math.isnan(labels[j][m])] for m in range(labels.shape[1])]
    every = [label for row in labels for label in row if not math.isnan(label)]
    pool = (sum(every) + 0.5) / (len(every) + 1)
    found = []
    for m, seen in enumerate(known):
        overall = (sum(labels[j][m] for j in seen) + pool) / (len(seen) + 1)
        top, bottom = 0.5 * overall, 0.5
        for j in order[:30]:
            same = [i for i in seen if datasets[i] == datasets[j]]
            top += weight[j] * (sum(labels[i][m] for i in same) + 5 * overall) / (len(same) + 5)
            bottom += weight[j]
        near = [j for j in order if j in seen]
        right = sum(weight[j] * labels[j][m] for j in near) + 5 * top / bottom
        found.append(right / (sum(weight[j] for j in near) + 5))
    return found


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_local_accuracy_is_that_of_the_slow_one(missing):
    rng = np.random.default_rng(6)
    bank, questions = unit(rng, 60), unit(rng, 4)
    labels = rng.random((60, 3))
    labels[rng.random(labels.shape) < missing] = np.nan
    datasets = rng.choice(["a", "b", "c"], 60)
    found = local_accuracy(*near(questions, bank, 40), labels, datasets)
    np.testing.assert_array_equal(
        local_accuracy(*near(questions, bank, 40), labels, datasets, totals=totals_of(labels, datasets)), found
    )
    for at, question in enumerate(questions):
        np.testing.assert_allclose(found[at], slow_accuracy(question, bank, labels, datasets, 40), atol=1e-12)


def test_a_large_bank_gives_the_scores_of_the_slow_reference_in_either_precision():
    rng, items = np.random.default_rng(7), 3000
    bank, questions = unit(rng, items), unit(rng, 3)
    labels = rng.integers(0, 2, (items, 4)).astype(float)
    scores, sizes = prior_scores(questions, bank, labels, 400, 0.95, weighted=True)
    short, _ = prior_scores(questions.astype("f4"), bank.astype("f4"), labels, 400, 0.95, weighted=True)
    for at, question in enumerate(questions):
        expected, size = slow_prior(question, bank, labels, 400, 0.95, True)
        np.testing.assert_allclose(scores[at], expected, rtol=0, atol=1e-9)
        assert sizes[at] == size
    np.testing.assert_allclose(short, scores, rtol=0.01)


def test_local_accuracy_follows_the_neighbourhood():
    rng = np.random.default_rng(4)
    axes = np.eye(4)
    bank = np.vstack([axes[0] + 0.1 * rng.normal(size=(30, 4)), axes[1] + 0.1 * rng.normal(size=(30, 4))])
    bank /= np.linalg.norm(bank, axis=1, keepdims=True)
    labels = np.repeat([[1.0, 0.0], [0.0, 1.0]], 30, axis=0)
    local = local_accuracy(*near(axes[:3], bank, 10), labels, np.repeat(["a", "b"], 30))
    assert local[0, 0] > 0.8 > 0.2 > local[0, 1]
    assert local[1, 1] > 0.8 > 0.2 > local[1, 0]
    assert abs(local[2, 0] - 0.5) < 0.1  # nothing is similar: what is known of the whole bank


def test_a_bank_item_does_not_see_its_own_label():
    rng = np.random.default_rng(5)
    bank = unit(rng, 25)
    labels = rng.integers(0, 2, (25, 3)).astype(float)
    datasets = rng.integers(0, 2, 25).astype(str)
    own = np.arange(25)
    positions, cosines = near(bank, bank, 8)
    before = local_accuracy(positions, cosines, labels, datasets, own)
    for item in range(25):
        flipped = labels.copy()
        flipped[item] = 1 - flipped[item]
        after = local_accuracy(positions[[item]], cosines[[item]], flipped, datasets, own[[item]])
        np.testing.assert_allclose(after[0], before[item], atol=1e-12)

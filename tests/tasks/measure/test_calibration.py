import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.measure.calibration import calibrate


def world(seed=0, seeds=3, n=160):
    generator = np.random.default_rng(seed)
    probabilities = generator.random((seeds, n)).round(2)
    scores = (generator.random((seeds, n)) < probabilities**1.5).astype(float)
    untested = generator.random((seeds, n)) < 0.4
    probabilities[untested] = scores[untested] = np.nan
    probabilities[generator.random((seeds, n)) < 0.05] = np.nan
    return probabilities, scores, np.arange(n) % 3


def slow(probabilities, scores):
    """Bins, error and Brier score by plain loops over (weight, stated, score, question)."""
    answers = []
    for question in range(probabilities.shape[1]):
        own = [
            (p, s)
            for p, s in zip(probabilities[:, question], scores[:, question], strict=True)
            if not (np.isnan(p) or np.isnan(s))
        ]
        answers += [(1 / len(own), p, s, question) for p, s in own]
    answers.sort(key=lambda one: one[1])
    n, questions = len(answers), len({one[3] for one in answers})
    bins = min(10, max(1, questions // 20))
    edges = [answers[-(-n * at // bins) - 1][1] for at in range(1, bins)]
    grouped = {}
    for one in answers:
        grouped.setdefault(sum(edge < one[1] for edge in sorted(set(edges))), []).append(one)
    total, error, chance, rows = sum(one[0] for one in answers), 0.0, 0.0, []
    for _, members in sorted(grouped.items()):
        weight = sum(w for w, *_ in members)
        stated = sum(w * p for w, p, *_ in members) / weight
        right = sum(w * s for w, _, s, _ in members) / weight
        error += weight / total * abs(right - stated)
        chance += (weight / total) * np.sqrt(2 / np.pi * sum(w * p * (1 - p) for w, p, *_ in members)) / weight
        rows.append((members[0][1], members[-1][1], stated, right, len({one[3] for one in members})))
    brier = sum(w * (p - s) ** 2 for w, p, s, _ in answers) / total
    return rows, error, brier, chance, n, questions


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from([15, 45, 160, 400]))
def test_bins_error_and_brier_score_are_those_of_plain_loops(seed, seeds, n):
    probabilities, scores, strata = world(seed, seeds, n)
    found = calibrate(probabilities, scores, strata, 4, np.random.default_rng(0))
    rows, error, brier, chance, answers, questions = slow(probabilities, scores)
    shown = [(one.low, one.high, one.stated, one.accuracy.value, one.accuracy.n) for one in found.bins]
    assert np.array(shown) == pytest.approx(np.array(rows), abs=1e-12)
    assert (found.error.value, found.brier.value) == pytest.approx((error, brier), abs=1e-12)
    assert found.error_by_chance == pytest.approx(chance, abs=1e-12)
    assert (found.n_answer, found.error.n) == (answers, questions)


def test_answers_that_state_nothing_are_counted_and_left_out():
    probabilities = np.array([[0.5, np.nan, 0.9, 0.2]])
    scores = np.array([[1.0, 1.0, np.nan, 0.0]])
    found = calibrate(probabilities, scores, np.zeros(4, dtype=int), 10, np.random.default_rng(0))
    assert (found.n_answer, found.n_silent, found.brier.n) == (2, 1, 2)
    assert found.brier.value == pytest.approx((0.25 + 0.04) / 2)
    assert calibrate(np.full((1, 4), np.nan), scores, np.zeros(4, dtype=int), 10, np.random.default_rng(0)) is None


def test_equal_probabilities_are_in_one_bin():
    probabilities = np.repeat([[0.3, 0.8]], 100, axis=0).T.reshape(1, -1)
    scores = np.tile([1.0, 0.0], 100)[None]
    found = calibrate(probabilities, scores, np.zeros(200, dtype=int), 10, np.random.default_rng(0))
    assert [(one.low, one.high, one.accuracy.n) for one in found.bins] == [(0.3, 0.3, 100), (0.8, 0.8, 100)]
    assert found.error.value == pytest.approx(0.25)


def test_a_seed_more_of_a_question_gives_it_no_more_weight():
    probabilities, scores, strata = np.array([[0.9, 0.2]]), np.array([[1.0, 1.0]]), np.zeros(2, dtype=int)
    once = calibrate(probabilities, scores, strata, 9, np.random.default_rng(0))
    more = [[0.9, np.nan]], [[1.0, np.nan]]
    twice = calibrate(
        np.vstack([probabilities, more[0]]), np.vstack([scores, more[1]]), strata, 9, np.random.default_rng(0)
    )
    assert twice.brier == once.brier


def test_chance_alone_explains_the_error_of_a_system_that_keeps_its_word():
    generator, errors = np.random.default_rng(3), []
    for _ in range(40):
        probabilities = generator.random((1, 400))
        scores = (generator.random((1, 400)) < probabilities).astype(float)
        found = calibrate(probabilities, scores, np.zeros(400, dtype=int), 2, generator)
        errors.append(found.error.value)
    assert np.mean(errors) == pytest.approx(found.error_by_chance, rel=0.15)


def test_intervals_cover_a_planted_error_about_as_often_as_they_say():
    generator, held, trials = np.random.default_rng(5), {"brier": 0, "error": 0, "accuracy": 0}, 120
    truth = {"brier": 0.29, "error": 0.2, "accuracy": 0.5}  # states 0.7, is right half of the time
    for _ in range(trials):
        scores = (generator.random((1, 300)) < 0.5).astype(float)
        found = calibrate(np.full((1, 300), 0.7), scores, np.arange(300) % 2, 200, generator)
        for name, value in truth.items():
            one = getattr(found, name)
            held[name] += one.low - 1e-9 <= value <= one.high + 1e-9
    assert min(held.values()) >= 0.88 * trials

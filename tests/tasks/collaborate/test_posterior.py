import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.collaborate.posterior import medoid_similarity, paper_posterior, rank_within


def unit(rows, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(rows, 12)) + 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def slow_total(vectors, logprobs, coefficient):
    """Section 1.9 of the reference, pair by pair."""
    total = []
    for i, logprob in enumerate(logprobs):
        similar = sum(sum(a * b for a, b in zip(vectors[i], other, strict=True)) for other in vectors) / len(vectors)
        total.append(similar + coefficient * (1 - math.exp(-logprob)))
    return total


@pytest.mark.parametrize("coefficient", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("candidates", [1, 2, 8])
def test_posterior_is_that_of_the_slow_reference(candidates, coefficient):
    vectors = unit(candidates)
    logprobs = np.random.default_rng(1).uniform(-0.4, -0.05, candidates)
    total = paper_posterior(medoid_similarity(vectors), logprobs, coefficient)
    expected = slow_total(vectors.tolist(), logprobs.tolist(), coefficient)
    np.testing.assert_allclose(total, expected, rtol=0, atol=1e-9)
    assert int(total.argmax()) == max(range(candidates), key=lambda i: (expected[i], -i))


def test_a_single_candidate_is_similar_to_itself():
    np.testing.assert_allclose(medoid_similarity(unit(1)), [1.0])


def test_similarity_of_many_questions_at_once():
    vectors = np.stack([unit(4, seed) for seed in range(3)])
    np.testing.assert_allclose(medoid_similarity(vectors)[1], medoid_similarity(vectors[1]))


def test_ties_go_to_the_first():
    vectors = np.repeat(unit(1), 3, axis=0)
    assert paper_posterior(medoid_similarity(vectors), np.full(3, -0.1), 1.0).argmax() == 0


@pytest.mark.parametrize("seed", range(20))
def test_of_two_candidates_neither_is_nearer(seed):
    similarity = medoid_similarity(unit(2, seed).astype(np.float32))
    assert similarity[0] == similarity[1]
    assert not rank_within(similarity).any()


@given(arrays(float, 5, elements=st.one_of(st.just(np.nan), st.floats(-2000, 0))), st.floats(0, 5))
def test_a_missing_logprob_counts_as_the_mean_of_the_others_and_nothing_is_nan(logprobs, coefficient):
    similarity = medoid_similarity(unit(5))
    total = paper_posterior(similarity, logprobs, coefficient)
    assert np.isfinite(total).all()
    known = ~np.isnan(logprobs)
    if coefficient == 0 or not known.any():
        np.testing.assert_array_equal(total, similarity)
    elif (logprobs[known] > -20).all():
        confidence = [1 - math.exp(-logprob) for logprob in logprobs[known]]
        filled = [sum(confidence) / len(confidence) if math.isnan(one) else 1 - math.exp(-one) for one in logprobs]
        np.testing.assert_allclose(total, similarity + coefficient * np.array(filled), rtol=1e-9)


@given(arrays(float, st.integers(1, 8), elements=st.one_of(st.just(np.nan), st.floats(-1e6, 0))))
def test_confidence_is_bounded_ordered_and_neutral_when_unknown(logprobs):
    confidence = rank_within(logprobs)
    assert (np.abs(confidence) <= 1).all()
    assert (confidence[np.isnan(logprobs)] == 0).all()
    known = np.flatnonzero(~np.isnan(logprobs))
    for i in known:
        for j in known:
            if logprobs[i] < logprobs[j]:
                assert confidence[i] < confidence[j]

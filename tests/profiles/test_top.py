import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.top import kth_largest, largest


def slow_largest(row, k):
    return sorted(range(len(row)), key=lambda item: (-row[item], item))[:k]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 700),
    st.integers(1, 700),
    st.sampled_from(["float32", "float64"]),
    st.integers(1, 40),
)
def test_it_is_sorting_whatever_ties_and_sizes(seed, items, k, kind, levels):
    k = min(k, items)
    similarity = (np.random.default_rng(seed).integers(-levels, levels, (3, items)) / 50).astype(kind)
    positions, values = largest(similarity, k)
    kth = kth_largest(similarity, k - 1)
    for at, row in enumerate(similarity):
        expected = slow_largest(row.tolist(), k)
        assert positions[at].tolist() == expected
        assert values[at].tolist() == row[expected].tolist()
        assert kth[at] == row[expected[-1]]
    assert values.dtype == kind


@pytest.mark.parametrize("special", [slice(0, 400), slice(0, None, 16), slice(7, 8)])
def test_rows_that_are_unlike_their_sample_are_searched_whole(special):
    rng = np.random.default_rng(1)
    similarity = rng.random((4, 8000))
    similarity[:2, special] += 10
    similarity[3, ~np.isin(np.arange(8000), rng.integers(0, 8000, 500))] = -1  # most of them equal
    for k in (1, 100, 401, 4000, 8000):
        positions, _ = largest(similarity, k)
        for at in range(4):
            np.testing.assert_array_equal(positions[at], np.argsort(-similarity[at], kind="stable")[:k])
        np.testing.assert_array_equal(kth_largest(similarity, k - 1), -np.sort(-similarity, axis=1)[:, k - 1])


def test_no_question_has_no_neighbours():
    assert largest(np.empty((0, 50)), 3)[0].shape == (0, 3)

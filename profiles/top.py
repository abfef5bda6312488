"""The largest entries of every row of a similarity matrix, exact, without sorting or partitioning whole rows.

A bound that a sample of the row puts a little below the wanted rank leaves a few hundred candidates of thousands; a
row whose sample misled is searched whole. That takes a tenth of a partition of the row.
"""

import numpy as np

_SAMPLED = 16  # one item of so many is looked at to find the bound
_ROWS = 512
_CELLS = 2**26  # of a product at a time, where a row is very long
_SPREAD = 4.0  # standard deviations by which the sample may mislead before a row is searched whole


def kth_largest(similarity: np.ndarray, k: int) -> np.ndarray:
    """The k-th largest entry of every row, counted from 0; (n,) of (n, Q), k < Q."""
    values, _ = _candidates(similarity, k + 1)
    rank = values.shape[1] - 1 - k
    return np.partition(values, rank, axis=1)[:, rank]


def largest(similarity: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and values of the k largest entries of every row, largest first, equal ones in order of position.

    Args:
        similarity: (n, Q).
        k: from 1 to Q.

    Returns:
        (n, k) positions; (n, k) values.
    """
    values, positions = _candidates(similarity, k)
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(positions, order, axis=1), np.take_along_axis(values, order, axis=1)


def exact(bank_vectors: np.ndarray, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar rows of a matrix by exact cosine: (n, k) positions, most similar first, and cosines."""
    positions = np.empty((len(vectors), k), dtype=int)
    cosines = np.empty((len(vectors), k))
    step = min(_ROWS, max(1, _CELLS // len(bank_vectors)))
    for at in range(0, len(vectors), step):
        rows = slice(at, at + step)
        positions[rows], cosines[rows] = largest(vectors[rows] @ bank_vectors.T, k)
    return positions, cosines


def _candidates(similarity: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """At least the `count` largest entries of every row in order of position, padded with -inf: values, positions."""
    n, items = similarity.shape
    taken = similarity >= _bound(similarity, count)[:, None]
    found = np.count_nonzero(taken, axis=1)
    if (few := found < count).any():
        taken[few] = True
        found[few] = items
    flat = np.flatnonzero(taken)
    row = np.repeat(np.arange(n), found)
    place = np.arange(len(flat)) - np.repeat(np.cumsum(found) - found, found)
    values = np.full((n, found.max(initial=count)), -np.inf, similarity.dtype)
    positions = np.zeros(values.shape, dtype=int)
    values[row, place] = similarity.reshape(-1)[flat]
    positions[row, place] = flat - row * items
    return values, positions


def _bound(similarity: np.ndarray, count: int) -> np.ndarray:
    """What about `count` entries of every row, and seldom fewer, are not below: (n,)."""
    n, items = similarity.shape
    size = items // _SAMPLED
    expected = count / _SAMPLED
    rank = int(expected + _SPREAD * np.sqrt(expected) + _SPREAD)
    if rank >= size:
        return np.full(n, -np.inf)
    sample = similarity[:, np.random.default_rng(0).integers(0, items, size)]  # any sample gives the same result
    return np.asarray(np.partition(sample, size - rank, axis=1)[:, size - rank])

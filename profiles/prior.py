"""RPS, retrieval-based prior selection: how good is each model at this question, told by similar bank questions.

Pure functions over arrays: n questions, Q bank items, P models in pool order. The reference's prior is `prior_scores`
(SMCS reference, sections 1.4 and 1.5), ours is `local_accuracy`. A missing label is NaN and never counts as wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiles.arrays import Float, Float2D, known_mean
from profiles.constants import USUAL, Constants
from profiles.top import kth_largest

_ROWS = 512  # questions at a time: bounds what is held beside the result


def retrieve(similarity: np.ndarray, k: int, rho: float) -> np.ndarray:
    """The neighbourhood of every question: items strictly above rho times the k-th cosine (counted from 0).

    Above a positive bound there are at least min(k, Q - 1) + 1 items and no upper limit; a negative k-th cosine puts
    the bound above itself, and fewer remain, possibly none (SMCS reference, section 1.4).

    Args:
        similarity: (n, Q) cosines, Q > 0.
        k: 0-based rank that sets the bound; the least similar item when Q <= k.
        rho: slack, 0.95 in the reference.

    Returns:
        (n, Q) whether an item is a neighbour.
    """
    kth = kth_largest(similarity, min(k, similarity.shape[1] - 1))
    return similarity > (rho * kth)[:, None]


def prior_scores(
    vectors: np.ndarray, bank_vectors: np.ndarray, labels: np.ndarray, k: int, rho: float, *, weighted: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The reference's prior: sum of (cosine-weighted) labels over the neighbourhood.

    With all labels present this is the published sum, in the precision of the vectors. A missing label is taken as
    the model's mean over its labelled neighbours (without any: over its labelled bank items), so that a model is not
    punished for what it was never asked.

    Args:
        vectors: (n, d) unit vectors of the questions.
        bank_vectors: (Q, d) unit vectors of the bank.
        labels: (Q, P) in [0, 1], NaN where missing.
        k: retrieval depth.
        rho: slack on the k-th cosine.
        weighted: weigh labels by cosine; else count them.

    Returns:
        (n, P) scores, NaN for a model without any label; (n,) number of neighbours.
    """
    kind = np.result_type(vectors, bank_vectors)
    scores = np.empty((len(vectors), labels.shape[1]))
    sizes = np.empty(len(vectors), dtype=int)
    for at in range(0, len(vectors), _ROWS):
        rows = slice(at, at + _ROWS)
        similarity = vectors[rows] @ bank_vectors.T
        near = retrieve(similarity, k, rho)
        sizes[rows] = found = np.count_nonzero(near, axis=1)
        theirs = labels
        if 0 < found.sum() < len(labels):  # reading all labels would take as long as the product
            some = np.flatnonzero(near.any(axis=0))
            similarity, near, theirs = similarity[:, some], near[:, some], labels[some]
        known = ~np.isnan(theirs)
        complete = bool(known.all())
        right = (theirs if complete else np.where(known, theirs, 0)).astype(kind)
        weight = near * similarity if weighted else near.astype(kind)
        scores[rows] = _sums(weight, right)
        if not complete:
            total = weight.sum(axis=1, keepdims=True)
            seen = _sums(weight, known.astype(kind))
            asked = near @ known
            overall = np.nan if asked.all() else known_mean(labels)
            mean = np.where(asked, scores[rows] / np.where(seen == 0, 1, seen), overall)
            scores[rows] = mean * total
    return scores, sizes


def _sums(weight: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The product of (n, m) and (m, P); models with equal columns tie, which BLAS rounds apart for a single row."""
    sums: np.ndarray = np.einsum("nm,mp->np", weight, columns) if len(weight) == 1 else weight @ columns
    return sums


def choose(scores: np.ndarray, top_n: Sequence[int] | np.ndarray) -> list[np.ndarray]:
    """The best models of every question, best first; ties keep pool order, unknown scores come last.

    Args:
        scores: (n, P); NaN where nothing is known of a model.
        top_n: (n,) how many to choose; with P or more every model is chosen, in pool order, because there is no
            choice to make (SMCS reference, section 1.5).

    Returns:
        n arrays of model indices.
    """
    models = scores.shape[1]
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), axis=1, kind="stable")
    return [np.arange(models) if n >= models else ranked[:n] for ranked, n in zip(order, top_n, strict=True)]


@dataclass(frozen=True, eq=False)
class Totals:
    """What does not depend on the question: made once per bank.

    Args:
        codes: (Q,) dataset of every item, a number below D.
        right: (D, P) sums of labels.
        seen: (D, P) numbers of labels.
    """

    codes: np.ndarray
    right: np.ndarray
    seen: np.ndarray


def totals_of(labels: np.ndarray, datasets: np.ndarray) -> Totals:
    """Totals of a bank of (Q, P) labels, NaN where missing, and (Q,) dataset names."""
    codes = np.unique(datasets, return_inverse=True)[1]
    one_hot = np.eye(codes.max() + 1)[codes]
    return Totals(codes, one_hot.T @ np.nan_to_num(labels), one_hot.T @ ~np.isnan(labels))


def local_accuracy(
    positions: np.ndarray,
    similarity: np.ndarray,
    labels: np.ndarray,
    datasets: np.ndarray,
    own: np.ndarray | None = None,
    totals: Totals | None = None,
    constants: Constants = USUAL,
) -> np.ndarray:
    """Our prior: the probability that a model is right, shrunk from neighbourhood to datasets to the whole bank.

    Successes among the neighbours are weighted by squared cosine; they count against pseudo-items of the accuracy in
    the datasets that the nearest ones come from, each dataset by its weight there and not by its size in the bank.
    Where nothing is similar, all weights vanish and the overall accuracy remains.

    Args:
        positions: (n, k) bank positions of the neighbours, any order.
        similarity: (n, k) their cosines.
        labels: (Q, P) in [0, 1], NaN where missing.
        datasets: (Q,) dataset of every bank item.
        own: (n,) positions of the questions themselves when they are bank items: their labels are left out.
        totals: of the labels and datasets, where they are at hand.
        constants: strengths of the shrinkage.

    Returns:
        (n, P) strictly between 0 and 1.
    """
    totals = totals or totals_of(labels, datasets)
    overall = _overall(totals, np.full((1, labels.shape[1]), np.nan) if own is None else labels[own])
    weight = np.clip(similarity, 0, None) ** 2
    if own is not None:
        weight = np.where(positions == own[:, None], 0.0, weight)
    expected = np.empty((len(positions), labels.shape[1]))
    for at in range(0, len(positions), _ROWS):
        rows = slice(at, at + _ROWS)
        others = (overall, None) if own is None else (overall[rows], own[rows])
        base = _base(positions[rows], weight[rows], labels, totals, constants, *others)
        expected[rows] = shrunk(weight[rows], labels[positions[rows]], base, constants.local_strength)
    return expected


def shrunk(weight: np.ndarray, local: np.ndarray, base: np.ndarray, strength: float) -> np.ndarray:
    """Weighted mean of the neighbours' labels, the base counting as `strength` of them.

    Args:
        weight: (n, k) of the neighbours.
        local: (n, k, P) their labels, NaN where missing.
        base: (n, P) what is expected without them.
        strength: above 0.

    Returns:
        (n, P).
    """
    known = ~np.isnan(local)
    seen = np.einsum("nk,nkp->np", weight, known)
    right = np.einsum("nk,nkp->np", weight, np.where(known, local, 0))
    expected: Float2D = (right + strength * base) / (seen + strength)
    return expected


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Log of p / (1 - p), for p strictly between 0 and 1."""
    odds: Float = np.log(probability) - np.log1p(-probability)
    return odds


def _base(
    positions: np.ndarray,
    weight: np.ndarray,
    labels: np.ndarray,
    totals: Totals,
    constants: Constants,
    overall: np.ndarray,
    own: np.ndarray | None,
) -> np.ndarray:
    """Accuracy in the datasets of the nearest neighbours, (n, P); a bank item's own label is taken out of its own."""
    strength = constants.dataset_strength
    codes, right, seen = totals.codes, totals.right, totals.seen + strength
    nearest = np.argsort(-weight, axis=1, kind="stable")[:, : constants.dataset_neighbours]
    rows = np.arange(len(positions))[:, None]
    place = rows * len(right) + codes[positions[rows, nearest]]
    share = np.bincount(place.ravel(), weight[rows, nearest].ravel(), len(positions) * len(right))
    share = share.reshape(len(positions), len(right))
    base = _sums(share, right / seen) + strength * overall * _sums(share, 1 / seen)
    if own is not None:
        mine, label = codes[own], labels[own]
        pseudo = right[mine] + strength * overall
        without = (pseudo - np.nan_to_num(label)) / (seen[mine] - ~np.isnan(label))
        base += share[rows[:, 0], mine][:, None] * (without - pseudo / seen[mine])
    share_of_all = constants.global_share
    accuracy: Float2D = (base + share_of_all * overall) / (share.sum(axis=1, keepdims=True) + share_of_all)
    return accuracy


def _overall(totals: Totals, without: np.ndarray) -> np.ndarray:
    """Accuracy of every model, with one pseudo-item of the pool's mean; 0.5 when there are no labels at all.

    Args:
        totals: of the bank.
        without: (n, P) labels to leave out, a row at a time; NaN leaves out nothing.

    Returns:
        (n, P).
    """
    right = totals.right.sum(axis=0) - np.nan_to_num(without)
    seen = totals.seen.sum(axis=0) - ~np.isnan(without)
    pool = (right.sum(axis=1, keepdims=True) + 0.5) / (seen.sum(axis=1, keepdims=True) + 1)
    accuracy: Float2D = (right + pool) / (seen + 1)
    return accuracy

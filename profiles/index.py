"""Which bank questions are like the one asked: by the exact product, or looked up in Chroma and re-ranked exactly."""

import logging

import numpy as np

from profiles.bank import Bank
from profiles.prior import mean_label, prior_scores
from profiles.store import look_up, not_built
from profiles.top import exact, largest
from profiles.where import Where

_log = logging.getLogger("concertino")
_SPARE = 16  # found beyond the k wanted: an index ranks in its own rounding
_ROUNDING = 1e-6  # of its cosines
_WORTH = 4  # an index that would have to give more than one item of so many is left for the product


def nearest(bank: Bank, vectors: np.ndarray, k: int, where: Where) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar bank questions of every question.

    Looked up in a collection of recall 1 they are those of the product: as many, in the same order.

    Args:
        bank: of Q items; with a collection they are looked up there, else compared with every vector.
        vectors: (n, d) unit vectors.
        k: how many; at most as many are given as `where` leaves.
        where: metadata that they have.

    Returns:
        (n, k) bank positions, most similar first, equal ones in order of position, and their cosines.

    Raises:
        UserError: no bank question has that metadata.
    """
    among = bank.among(where)
    k = min(k, len(bank.question_ids) if among is None else len(among))
    if (found := _found(bank, vectors, k + _SPARE, k, where)) is not None:
        ranked = [largest(vector @ own.T, k) for vector, (_, own) in zip(vectors[:, None], found, strict=True)]
        near = [at[top[0]] for (at, _), (top, _) in zip(found, ranked, strict=True)]
        return np.stack(near), np.concatenate([cosine for _, cosine in ranked])
    return multiplied(bank, vectors, k, where)


def multiplied(bank: Bank, vectors: np.ndarray, k: int, where: Where) -> tuple[np.ndarray, np.ndarray]:
    """The same by the exact product with every vector, which is the shorter way for many questions at once."""
    among = bank.among(where)
    if among is None:
        return exact(bank.vectors, vectors, min(k, len(bank.vectors)))
    positions, cosines = exact(bank.vectors[among], vectors, min(k, len(among)))
    return among[positions], cosines


def published_prior(
    bank: Bank, vectors: np.ndarray, k: int, rho: float, where: Where, *, weighted: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The reference's prior (`prior_scores`) over a whole bank, in float64.

    Its neighbourhood has no upper limit. In a collection so many are looked up that the last of them is below the
    bound: then, at recall 1, nothing beyond them can be above it. Where that would be a large part of the bank, the
    product is taken.

    Args:
        bank: of Q items and P models.
        vectors: (n, d) unit vectors.
        k: retrieval depth.
        rho: slack on the k-th cosine.
        where: metadata of the neighbours.
        weighted: weigh labels by cosine; else count them.

    Returns:
        (n, P) scores; (n,) number of neighbours.
    """
    among, asked, overall = bank.among(where), vectors.astype(float), mean_label(bank.labels)
    every = slice(None) if among is None else among

    def over(rows: np.ndarray, items: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return prior_scores(rows, items, labels, k, rho, weighted=weighted, overall=overall)

    if bank.collection is None:
        return over(asked, bank.wide[every], bank.labels[every])
    parts = []
    for row in range(len(asked)):
        found = _covered(bank, vectors[row : row + 1], k, rho, where)
        at, items = (every, bank.wide[every]) if found is None else found
        parts.append(over(asked[row : row + 1], items, bank.labels[at]))
    return np.concatenate([scores for scores, _ in parts]), np.concatenate([sizes for _, sizes in parts])


def _covered(bank: Bank, vector: np.ndarray, k: int, rho: float, where: Where) -> tuple[np.ndarray, np.ndarray] | None:
    """Items that hold all above the published bound, and their float64 vectors; None: the product is shorter."""
    n = 2 * (k + 1)
    while n * _WORTH <= len(bank.question_ids):
        if (found := _found(bank, vector, n, n, where)) is None:
            return None
        at, own = found[0]
        cosine = -np.sort(-(own.astype(float) @ vector[0]))
        if cosine[-1] < rho * cosine[k] - _ROUNDING:
            return at, own.astype(float)
        n *= 2
    return None


def _found(
    bank: Bank, vectors: np.ndarray, n: int, least: int, where: Where
) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Per question up to n items in order of position, and their vectors; None: fewer than `least` are found."""
    if bank.collection is None:
        return None
    try:
        found = look_up(bank.collection, vectors, n, where)
    except Exception as error:  # whatever a damaged or deleted index makes Chroma raise
        not_built(bank.collection)
        _log.warning("searching without the index, `concertino bank` makes it anew: %s", error)
        return None
    kept = []
    for ids, own in found:
        member = np.array([bank.place.get(one, -1) for one in ids], dtype=int)  # a collection may hold more than a bank
        order = np.argsort(member, kind="stable")[np.count_nonzero(member < 0) :]
        kept.append((member[order], own[order]))
    return kept if min(len(at) for at, _ in kept) >= least else None

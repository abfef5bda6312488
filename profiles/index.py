"""Which bank questions are like the one asked: by the exact product, or looked up in Chroma and re-ranked exactly."""

import logging

import numpy as np

from profiles.bank import Bank
from profiles.prior import prior_scores
from profiles.store import look_up, not_built
from profiles.top import exact, largest
from profiles.where import Where

_log = logging.getLogger("concertino")
_SPARE = 16  # found beyond the k wanted: an index ranks in its own rounding


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
    if (found := _found(bank, vectors, k, where)) is not None:
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
    """The reference's prior over a bank, `prior_scores` in float64, always by the exact product.

    Its neighbourhood has no upper limit, and an index that finds all of the 100 nearest may miss one of the 1,000
    nearest: that would be another sum than the published one.
    """
    among = bank.among(where)
    every = slice(None) if among is None else among
    return prior_scores(vectors.astype(float), bank.wide[every], bank.labels[every], k, rho, weighted=weighted)


def _found(bank: Bank, vectors: np.ndarray, k: int, where: Where) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Per question some more than k items in order of position, and their vectors; None: fewer are found."""
    if bank.collection is None:
        return None
    try:
        found = look_up(bank.collection, vectors, k + _SPARE, where)
    except Exception as error:  # whatever a damaged or deleted index makes Chroma raise
        not_built(bank.collection)
        _log.warning("searching without the index, `concertino bank` makes it anew: %s", error)
        return None
    kept = []
    for ids, own in found:
        member = np.array([bank.place.get(one, -1) for one in ids], dtype=int)  # a collection may hold more than a bank
        order = np.argsort(member, kind="stable")[np.count_nonzero(member < 0) :]
        kept.append((member[order], own[order]))
    return kept if min(len(at) for at, _ in kept) >= k else None

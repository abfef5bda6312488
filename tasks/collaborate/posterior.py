"""Exploitation as published: the candidate nearest to all others, plus confidence (SMCS reference, section 1.9)."""

import numpy as np

_LOWEST = -500.0  # mean log-probability below which PPL overflows
_DIGITS = 9  # of a similarity: what differs beyond them is rounding


def medoid_similarity(vectors: np.ndarray) -> np.ndarray:
    """Mean cosine of every candidate to all candidates, itself included.

    Of two candidates neither is nearer; float32 rows are of unit length to seven digits only, and would say which.

    Args:
        vectors: (..., N, d) unit rows.

    Returns:
        (..., N); 1 for a single candidate.
    """
    wide = vectors.astype(float)
    wide /= np.maximum(np.linalg.norm(wide, axis=-1, keepdims=True), np.finfo(float).tiny)
    return np.einsum("...nd,...d->...n", wide, wide.mean(axis=-2)).round(_DIGITS)


def paper_posterior(similarity: np.ndarray, mean_logprob: np.ndarray, coefficient: float) -> np.ndarray:
    """Similarity + c (1 - PPL), PPL = exp(-mean token logprob).

    1 - PPL is at most 0 and has no lower bound, so a candidate without log-probabilities would beat all others if its
    confidence were left out: it is given the mean of the others', which speaks neither for nor against it. Where no
    candidate has any, similarity alone ranks them. Never NaN.

    Args:
        similarity: (N,).
        mean_logprob: (N,); NaN where the provider gave none.
        coefficient: c.

    Returns:
        (N,); the answer is the first maximum.
    """
    known = ~np.isnan(mean_logprob)
    if coefficient == 0 or not known.any():
        return similarity
    confidence = 1 - np.exp(-np.maximum(mean_logprob, _LOWEST))
    return similarity + coefficient * np.where(known, confidence, np.mean(confidence[known]))


def rank_within(values: np.ndarray) -> np.ndarray:
    """Rank of every value within its question, from -1 to 1, ties sharing theirs; 0 for NaN or a single value.

    Ranks of mean log-probabilities compare the candidates of one question whatever the provider's scale; bounded, they
    cannot outweigh agreement.
    """
    known = ~np.isnan(values)
    kept = values[known]
    ranks = np.zeros(len(values))
    if len(kept) > 1:
        below = (kept[:, None] > kept).sum(axis=1)
        above = (kept[:, None] < kept).sum(axis=1)
        ranks[known] = (below - above) / (len(kept) - 1)
    return ranks

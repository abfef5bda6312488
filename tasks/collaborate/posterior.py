"""Exploitation as published: the candidate nearest to all others, plus confidence (SMCS reference, section 1.9)."""

import numpy as np


def medoid_similarity(vectors: np.ndarray) -> np.ndarray:
    """Mean cosine of every candidate to all candidates, itself included.

    Args:
        vectors: (..., N, d) unit rows.

    Returns:
        (..., N); 1 for a single candidate.
    """
    return np.einsum("...nd,...d->...n", vectors, vectors.mean(axis=-2))


def paper_posterior(similarity: np.ndarray, mean_logprob: np.ndarray, coefficient: float) -> np.ndarray:
    """Similarity + c (1 - PPL), PPL = exp(-mean token logprob).

    1 - PPL is at most 0 and has no lower bound, so a candidate without log-probabilities would beat all others: where
    any candidate lacks them, all are ranked by similarity alone. Never NaN.

    Args:
        similarity: (N,).
        mean_logprob: (N,); NaN where the provider gave none.
        coefficient: c.

    Returns:
        (N,); the answer is the first maximum.
    """
    if coefficient == 0 or np.isnan(mean_logprob).any():
        return similarity
    return similarity + coefficient * (1 - np.exp(-mean_logprob))


def bounded_confidence(mean_logprob: np.ndarray) -> np.ndarray:
    """Rank of every candidate's mean token logprob within its question, from -1 to 1; 0 where it is unknown.

    Ranks compare candidates of one question whatever the provider's scale, and cannot outweigh agreement.

    Args:
        mean_logprob: (N,); NaN where the provider gave none.
    """
    known = ~np.isnan(mean_logprob)
    values = mean_logprob[known]
    confidence = np.zeros(len(mean_logprob))
    if len(values) > 1:
        below = (values[:, None] > values).sum(axis=1)
        above = (values[:, None] < values).sum(axis=1)
        confidence[known] = (below - above) / (len(values) - 1)
    return confidence

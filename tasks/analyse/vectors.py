"""Vectors of questions for studies of embedders: neural ones from the cache, and three that need no download."""

from collections.abc import Sequence

import numpy as np

from profiles.embed import embed_texts, get_embedder

_DIMENSIONS = 256
_OTHER_DIMENSIONS = 384
_TERMS = 50_000

LSA, HASHED, RANDOM = "tf-idf, 256 LSA dimensions", "hashed words, 384 dimensions", "random vectors"


def neural_vectors(texts: Sequence[str], embedder: str) -> np.ndarray:
    """Unit vectors, (Q, d) float32; `NAME@64` cuts texts after 64 tokens. Only texts new to the cache are embedded."""
    name, _, tokens = embedder.partition("@")
    return embed_texts(get_embedder(name, int(tokens) if tokens else None), texts)


def random_vectors(number: int, seed: int) -> np.ndarray:
    """Unit vectors that say nothing of the texts, (Q, 384) float32."""
    return _unit(np.random.default_rng(seed).normal(size=(number, _OTHER_DIMENSIONS)))


def hashed_vectors(texts: Sequence[str]) -> np.ndarray:
    """Unit vectors of words, each counted with a sign at the place that its hash says, (Q, 384) float32."""
    from sklearn.feature_extraction.text import HashingVectorizer

    return _unit(HashingVectorizer(n_features=_OTHER_DIMENSIONS).transform(texts).toarray())


def lsa_vectors(texts: Sequence[str], bank: np.ndarray) -> np.ndarray:
    """Latent semantic analysis: tf-idf of words, reduced by a truncated singular value decomposition.

    Args:
        texts: Q texts.
        bank: positions of the bank items, the only ones whose words are counted and decomposed.

    Returns:
        (Q, up to 256) unit rows, float32.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = [texts[at] for at in bank]
    weigh = TfidfVectorizer(sublinear_tf=True, max_features=_TERMS)
    counted = weigh.fit_transform(known)
    reduce = TruncatedSVD(max(1, min(_DIMENSIONS, min(counted.shape) - 1)), random_state=0).fit(counted)
    return _unit(reduce.transform(weigh.transform(texts)))


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1; a text of unknown words alone stays 0 and is similar to nothing."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 0, length, 1)).astype(np.float32)

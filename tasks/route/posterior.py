"""Which dataset a question is of: a logistic classifier on the embedding, and what each model is worth in a dataset."""

import numpy as np

from profiles.arrays import Float2D, softmax
from tasks.measure.settle import weighted_means

_FOLDS = 5


def fit_posterior(vectors: np.ndarray, codes: np.ndarray, n_dataset: int, looseness: float) -> np.ndarray:
    """Weights of a multinomial logistic regression (scikit-learn, L2).

    Args:
        vectors: (n, D).
        codes: (n,) dataset of every question, below n_dataset; a dataset without a question is never predicted.
        n_dataset: C.
        looseness: 1 / strength of the penalty (scikit-learn's C).

    Returns:
        (C, D + 1); the last column is the intercept.
    """
    from sklearn.linear_model import LogisticRegression

    seen = np.unique(codes)
    weights = np.zeros((n_dataset, vectors.shape[1] + 1))
    weights[:, -1] = -np.inf
    weights[seen, -1] = 0.0
    if len(seen) > 1:
        # Of two classes scikit-learn fits one vector of weights, whose penalty is twice that of the softmax's two.
        loose = looseness * (2 if len(seen) == 2 else 1)
        model = LogisticRegression(C=loose, max_iter=1000).fit(vectors.astype(np.float64), codes)
        found = np.hstack([model.coef_, model.intercept_[:, None]])
        weights[seen] = np.vstack([-found / 2, found / 2]) if len(seen) == 2 else found
    return weights


def posterior(vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(Q, C) probability of every dataset for (Q, D) vectors; weights as of `fit_posterior`."""
    return softmax(vectors.astype(np.float64) @ weights[:, :-1].T + weights[:, -1])


def dataset_means(values: np.ndarray, member: np.ndarray, strength: float) -> np.ndarray:
    """Mean of each model in each dataset, the model's mean over all counting as `strength` more questions.

    Args:
        values: (n, M), NaN where unknown.
        member: (C, n) 1 where a question is of the dataset.
        strength: above 0, so that ties in a dataset go to the better model overall.

    Returns:
        (C, M); NaN for a model of which nothing is known.
    """
    known = ~np.isnan(values)
    overall = weighted_means(values)
    total, count = member @ np.where(known, values, 0.0), member @ known
    means: Float2D = (total + strength * overall) / (count + strength)
    return means


def dataset_costs(costs: np.ndarray, member: np.ndarray) -> np.ndarray:
    """(C, M) mean cost of each model in each dataset, or overall where none is known there; as of `dataset_means`."""
    means, overall = weighted_means(costs, member), weighted_means(costs)
    return np.where(np.isnan(means), overall, means)


def cross_fitted(vectors: np.ndarray, codes: np.ndarray, n_dataset: int, looseness: float, seed: int) -> np.ndarray:
    """(n, C) posterior of every train question by a classifier that did not see it; parameters as of `fit_posterior`.

    Args:
        vectors: (n, D).
        codes: (n,).
        n_dataset: C.
        looseness: of the classifiers.
        seed: draws the five folds.
    """
    fold = np.random.default_rng(seed).permutation(len(codes)) % _FOLDS
    share = np.full((len(codes), n_dataset), 1.0 / n_dataset)
    for out in (fold == at for at in range(_FOLDS)):
        if out.any() and not out.all():
            share[out] = posterior(vectors[out], fit_posterior(vectors[~out], codes[~out], n_dataset, looseness))
    return share

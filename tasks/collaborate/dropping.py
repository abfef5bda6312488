"""Exploration: which references each aggregated candidate is made from (SMCS reference, section 1.7)."""

from collections.abc import Callable

import numpy as np

_POSITIVE = 1e-10
_SMALLEST = -1e9  # log-weight of a reference whose weight underflowed: after all others, in random order


def prior_probabilities(scores: np.ndarray) -> np.ndarray:
    """Probability of each reference to be drawn first, (n,), by the reference's exact formula.

    Its normaliser is a sum of squares: at the scores of hundreds of neighbours the result is nearly uniform, and equal
    or overflowing scores fall back to uniform.

    Args:
        scores: (n,) prior of the references; NaN and infinities count as 0.
    """
    uniform = np.full(len(scores), 1 / len(scores))
    gap = np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0)
    gap = gap - gap.min()
    with np.errstate(all="ignore"):
        spread = (gap**2).sum() / (np.sqrt(len(gap)) + _POSITIVE)
        weight = np.exp((gap - gap.mean()) / spread)
        drawn = weight / (weight.sum() + _POSITIVE)
    return drawn if np.isfinite(spread) and np.isfinite(drawn).all() and (drawn >= 0).all() else uniform


def softmax_probabilities(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Softmax of the prior at a temperature, (n,)."""
    weight = np.exp((scores - scores.max()) / temperature)
    return weight / weight.sum()


def draw(probabilities: np.ndarray, keep: int, subsets: int, rng: np.random.Generator) -> np.ndarray:
    """Subsets by successive draws without replacement, in the order drawn.

    Weights that underflowed to 0 (where the reference code crashes) are drawn last, which is the limit of ever smaller
    weights.

    Args:
        probabilities: (n,) of being drawn first.
        keep: size of a subset, at most n.
        subsets: how many.
        rng: source of randomness.

    Returns:
        (subsets, keep) indices.
    """
    positive = probabilities > 0
    log_weight = np.where(positive, np.log(np.where(positive, probabilities, 1.0)), _SMALLEST)
    # The order of log-weights with Gumbel noise is that of successive draws.
    noise = rng.gumbel(size=(subsets, len(probabilities)))
    return np.argsort(-(log_weight + noise), axis=1)[:, :keep]


def subsets_of(
    scores: np.ndarray, dropping: str, keep: int, subsets: int, temperature: float, rng: np.random.Generator
) -> list[np.ndarray]:
    """The references of each candidate, in the order of the prompt.

    Args:
        scores: (n,) prior of the references, best first; all NaN where no prior exists.
        dropping: `prior`, `softmax`, `random`, or `all`, which gives every candidate all references in rank order.
        keep: references per candidate (r); n or more keeps all.
        subsets: candidates (N); a single one is given all references.
        temperature: of the softmax.
        rng: source of randomness.

    Returns:
        N index arrays.
    """
    everything = np.arange(len(scores))
    if dropping == "all" or subsets == 1 or keep >= len(scores):
        return [everything] * subsets
    forms: dict[str, Callable[[], np.ndarray]] = {
        "prior": lambda: prior_probabilities(scores),
        "softmax": lambda: softmax_probabilities(scores, temperature),
        "random": lambda: np.full(len(scores), 1 / len(scores)),
    }
    known = not np.isnan(scores).any()
    drawn = forms[dropping if known else "random"]()
    if dropping == "softmax" and (drawn > 0).sum() < keep:
        return [everything[drawn > _POSITIVE]] * subsets
    return list(draw(drawn, keep, subsets, rng))

"""Exploration: which references each aggregated candidate is made from (SMCS reference, section 1.7)."""

from collections.abc import Callable

import numpy as np

from profiles.arrays import softmax
from profiles.constants import USUAL
from profiles.preset import Preset

_POSITIVE = 1e-10
_SMALLEST = -1e9  # log-weight of a reference whose weight underflowed: after all others, in random order
_HALVINGS = 20
_ROUNDS = 50
# Double-exponential quadrature over (0, 1): the integrand has a singular derivative where rates differ much.
_GRID = np.linspace(-3.2, 3.2, 65)
_LOG_NODES = -np.log1p(np.exp(np.pi * np.sinh(_GRID)))
_NODE_WEIGHTS = np.pi * np.cosh(_GRID) * np.exp(_LOG_NODES) * -np.expm1(_LOG_NODES) * (_GRID[1] - _GRID[0])


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


def inclusion_probabilities(log_weights: np.ndarray, keep: int) -> np.ndarray:
    """Probability of each reference to be in a subset, (n,), summing to `keep`.

    Successive draws are the order of independent exponential clocks whose rates are the weights, so this is the chance
    that fewer than `keep` other clocks ring before one's own: a Poisson-binomial tail, integrated over the time of
    that ring.

    Args:
        log_weights: (n,) up to a constant.
        keep: size of a subset, below n.
    """
    n = len(log_weights)
    rate = np.exp(log_weights - log_weights[:, None])  # of the other clocks (columns) in units of one's own
    rung = -np.expm1(rate[:, None] * _LOG_NODES[:, None])  # by the time that one's own survival is the node
    count = np.zeros((n, len(_GRID), keep))  # chance that exactly so many others have rung
    count[..., 0] = 1.0
    for other in range(n):
        chance = np.where(np.arange(n) == other, 0.0, rung[:, :, other].T).T[..., None]
        more = count * chance
        count -= more
        count[..., 1:] += more[..., :-1]
    return count.sum(axis=-1) @ _NODE_WEIGHTS


def inclusion_entropy(inclusion: np.ndarray) -> float:
    """Entropy of who is in a subset, as a share of what uniform draws have.

    The sum over references of the binary entropy of being in; 1 when all are equally likely to be.

    Args:
        inclusion: (n,) probabilities strictly below 1 for some.
    """
    inside = np.clip(inclusion, 1e-15, 1 - 1e-15)
    share = np.clip(inclusion.sum() / len(inclusion), 1e-15, 1 - 1e-15)
    entropy = -(inside * np.log(inside) + (1 - inside) * np.log1p(-inside)).sum()
    return float(entropy / (-len(inside) * (share * np.log(share) + (1 - share) * np.log1p(-share))))


def entropy_log_weights(
    log_odds: np.ndarray, keep: int, entropy: float, sharpest: float = USUAL.sharpest
) -> np.ndarray:
    """Log-odds over the temperature at which inclusion has a stated entropy, (n,).

    Unlike a fixed temperature or the reference's normaliser this explores alike at any usual scale of the prior. The
    temperature has a lower bound, so that draws become uniform as the references become equal, without a jump.

    Args:
        log_odds: (n,) of the references.
        keep: size of a subset, below n.
        entropy: share of the uniform entropy, in (0, 1].
        sharpest: times the log-odds at most: references that are nearly tied are drawn nearly alike.
    """
    gap = log_odds - log_odds.mean()
    low, high = -10.0, np.log(sharpest)  # natural logarithm of the sharpness
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        sharp = inclusion_entropy(inclusion_probabilities(np.clip(gap * np.exp(middle), -30, 30), keep)) < entropy
        low, high = (low, middle) if sharp else (middle, high)
    return np.clip(gap * np.exp(low), -30, 30) if entropy < 1 else np.zeros(len(gap))


def draw(log_weights: np.ndarray, keep: int, subsets: int, rng: np.random.Generator) -> np.ndarray:
    """Subsets by successive draws without replacement, in the order drawn.

    Args:
        log_weights: (n,) log-probabilities of being drawn first, up to a constant.
        keep: size of a subset, at most n.
        subsets: how many.
        rng: source of randomness; the first subsets do not depend on how many are drawn.

    Returns:
        (subsets, keep) indices.
    """
    # The order of log-weights with Gumbel noise is that of successive draws.
    noise = rng.gumbel(size=(subsets, len(log_weights)))
    return np.argsort(-(log_weights + noise), axis=1)[:, :keep]


def clusters(vectors: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Cosine k-means of unit vectors: (n,) cluster of each, counted from 0; a cluster may stay empty."""
    centres = vectors[rng.choice(len(vectors), number, replace=False)]
    member = np.full(len(vectors), -1)
    for _ in range(_ROUNDS):
        nearest = (vectors @ centres.T).argmax(axis=1)
        if (nearest == member).all():
            break
        member = nearest
        sums = np.stack([vectors[member == at].sum(axis=0) for at in range(number)])
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 0, sums / np.where(norms > 0, norms, 1), centres)
    return member


def subsets_of(
    preset: Preset, scores: np.ndarray, rng: np.random.Generator, vectors: np.ndarray | None = None
) -> list[np.ndarray]:
    """The references of each candidate, in the order of the prompt.

    Weights that underflowed to 0 (where the reference code crashes) are drawn last, which is the limit of ever smaller
    weights; where fewer than `keep` survive a softmax, every candidate gets those.

    Args:
        preset: dropping and how many.
        scores: (n,) prior of the references, best first (log-odds for `entropy`); all NaN where no prior exists.
        rng: source of randomness.
        vectors: (n, d) of the references' texts, for `kmeans`.

    Returns:
        N index arrays. A single candidate is given all references in rank order.
    """
    n, everything, sharpest = len(scores), np.arange(len(scores)), preset.constants.sharpest
    keep = min(preset.keep, n)
    if preset.dropping == "all" or preset.candidates == 1:
        return [everything] * preset.candidates
    if preset.dropping == "kmeans":
        assert vectors is not None
        member = clusters(vectors, keep, rng)
        groups = [everything[member == at] for at in range(keep) if (member == at).any()]
        return [np.array([rng.choice(group) for group in groups]) for _ in range(preset.candidates)]
    forms: dict[str, Callable[[], np.ndarray]] = {
        "prior": lambda: _log(prior_probabilities(scores)),
        "softmax": lambda: _log(softmax((scores - scores.max()) / preset.temperature_prior)),
        "entropy": lambda: entropy_log_weights(scores, keep, preset.entropy, sharpest) if keep < n else np.zeros(n),
        "random": lambda: np.zeros(n),
    }
    weights = forms["random" if np.isnan(scores).any() else preset.dropping]()
    if preset.dropping == "softmax" and (weights > _SMALLEST).sum() < keep:
        return [everything[weights > np.log(_POSITIVE)]] * preset.candidates
    return list(draw(weights, keep, preset.candidates, rng))


def _log(probabilities: np.ndarray) -> np.ndarray:
    positive = probabilities > 0
    return np.where(positive, np.log(np.where(positive, probabilities, 1.0)), _SMALLEST)

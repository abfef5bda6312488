"""Does a stated probability keep its word? Accuracy by what was stated, expected calibration error, Brier score.

All questions of a run are pooled. A question counts once however many seeds tested it: its answers share its weight,
and resampling a question takes all of them.
"""

from dataclasses import dataclass

import numpy as np

from profiles.arrays import Bool2D, Float, Float2D, Int1D
from tasks.measure.intervals import FEW, Estimate, estimate, resampled_sums, share_estimate

_BINS = 10
_LEAST = 20  # questions in a bin; fewer say nothing


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose stated probability lies from `low` to `high`.

    Args:
        stated: their mean stated probability.
        accuracy: their mean score; n counts distinct questions, which may be in several bins by their several seeds.
    """

    low: float
    high: float
    stated: float
    accuracy: Estimate


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a system's stated probabilities are worth.

    Args:
        bins: by rising probability, equally many answers in each; answers with equal probabilities are not parted.
        stated: mean stated probability.
        accuracy: mean score of the same answers.
        brier: mean squared difference of stated probability and score.
        error: expected calibration error: mean over the bins, by weight, of |accuracy - stated|. Its interval is the
            reflected one, because resampling adds to it the chance that is in the value already.
        error_by_chance: about the error that a perfectly calibrated system would show on as many questions.
        n_answer: answers behind it, all seeds.
        n_silent: answers with a score and without a stated probability, which count for nothing here.
    """

    bins: tuple[Bin, ...]
    stated: Estimate
    accuracy: Estimate
    brier: Estimate
    error: Estimate
    error_by_chance: float
    n_answer: int
    n_silent: int


def calibrate(
    probabilities: Float, scores: Float, strata: Int1D, resamples: int, generator: np.random.Generator
) -> Calibration | None:
    """Hold stated probabilities against scores.

    Args:
        probabilities: (S, Q) stated; NaN where none was.
        scores: (S, Q) in [0, 1]; NaN where there is no verdict.
        strata: (Q,) dataset codes 0..D-1, each present; questions are resampled within them.
        resamples: B.
        generator: source of the resamples.

    Returns:
        None when no answer has both.
    """
    known = ~np.isnan(probabilities) & ~np.isnan(scores)
    if not known.any():
        return None
    weight = known / np.maximum(known.sum(axis=0), 1)
    stated, score = np.where(known, probabilities, 0.0), np.where(known, scores, 0.0)
    code = _codes(probabilities, known)
    inside = code[:, :, None] == np.arange(code.max() + 1)

    def by_bin(values: Float | Bool2D) -> Float2D:
        sums: Float2D = np.einsum("sq,sqb->qb", weight * values, inside)
        return sums

    columns = [by_bin(known), by_bin(stated), by_bin(score), (weight * (stated - score) ** 2).sum(axis=0)[:, None]]
    questions = int(known.any(axis=0).sum())
    resampled = resampled_sums(np.hstack(columns), strata, resamples, generator, questions).sum(axis=0)
    n, said, right, squared = np.split(resampled, np.cumsum([inside.shape[2]] * 3), axis=1)
    total = n.sum(axis=1)
    variance = by_bin(stated * (1 - stated)).sum(axis=0)
    return Calibration(
        bins=tuple(
            _bin(
                probabilities[inside[:, :, at]],
                said[:, at] / _some(n[:, at]),
                right[:, at] / _some(n[:, at]),
                int(inside[:, :, at].any(axis=0).sum()),
            )
            for at in range(inside.shape[2])
        ),
        stated=estimate(said.sum(axis=1) / total, questions),
        accuracy=_share(right.sum(axis=1) / total, questions),
        brier=estimate(squared[:, 0] / total, questions),
        error=_reflected(estimate(np.abs(right - said).sum(axis=1) / total, questions)),
        error_by_chance=float(np.sqrt(2 / np.pi * variance).sum() / total[0]),
        n_answer=int(known.sum()),
        n_silent=int((np.isnan(probabilities) & ~np.isnan(scores)).sum()),
    )


def _codes(probabilities: Float, known: Bool2D) -> Float:
    """(S, Q) bin of every answer, -1 where there is none."""
    values = probabilities[known]
    bins = int(np.clip(known.any(axis=0).sum() // _LEAST, 1, _BINS))
    edges = np.quantile(values, np.arange(1, bins) / bins, method="inverted_cdf")
    code = np.full(probabilities.shape, -1)
    code[known] = np.unique(np.searchsorted(np.unique(edges), values), return_inverse=True)[1]
    return code


def _bin(members: Float, stated: Float, accuracy: Float, n: int) -> Bin:
    return Bin(float(members.min()), float(members.max()), float(stated[0]), _share(accuracy, n))


def _share(values: Float, n: int) -> Estimate:
    return share_estimate(float(values[0]), n) if n < FEW else estimate(values, n)


def _some(count: Float) -> Float:
    """Counts, NaN for none: a resample may leave a bin empty."""
    return np.where(count > 0, count, np.nan)


def _reflected(error: Estimate) -> Estimate:
    if error.value is None or error.low is None or error.high is None:
        return error
    low, high = 2 * error.value - error.high, 2 * error.value - error.low
    return Estimate(error.value, max(low, 0.0), max(high, error.value), error.n)

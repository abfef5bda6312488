"""Intervals and tests over questions: stratified bootstrap, Bayesian bootstrap, paired sign flips, Holm.

The question is the unit; it is resampled within its dataset, the same resample for all systems (so differences are
paired), and datasets are averaged with equal weight. A figure of fewer than `FEW` questions has a Bayesian interval:
a bootstrap of six right answers would call them 100.0 to 100.0.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from profiles.arrays import Float, Float2D, Int1D

FEW = 100
"""A figure of fewer questions has a Bayesian interval."""
A_SHARE = np.array([[1.0, 1.0], [0.0, 1.0]])
"""Jeffreys' prior as pseudo-questions, of value and count: one right and one wrong."""
_CHUNK = 2_000_000  # resample weights in memory at a time
_LEVEL = 0.05
_TINY = 1e-12


def draws() -> np.random.Generator:
    """The source of all resamples and signs, always the same one.

    Figures over the same questions are so over the same resamples: on every page, of every run, in every night.
    """
    return np.random.default_rng(0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, over n questions; None where it is not known."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def estimate(values: Float, n: int) -> Estimate:
    """The value and its percentile interval.

    Args:
        values: (1 + B,) the value itself, then B resamples of it.
        n: questions behind it; with fewer than `FEW` the interval reaches to the value, which a prior pulls it from.
    """
    value, low, high = (None if np.isnan(one) else float(one) for one in (values[0], *interval_of(values, n)))
    return Estimate(value, low, high, n)


def share_estimate(share: float, n: int) -> Estimate:
    """A share of n questions with Jeffreys' interval, exact for right and wrong answers."""
    from scipy.stats import beta

    right, wrong = share * n + 0.5, (1 - share) * n + 0.5
    low, high = beta.ppf([0.025, 0.975], right, wrong)
    return Estimate(share, min(float(low), share), max(float(high), share), n)


def mean_estimate(
    values: Float,
    strata: Int1D,
    resamples: int,
    generator: np.random.Generator,
    prior: Float2D | None = None,
) -> Estimate:
    """Mean over the questions that have a value.

    Args:
        values: (Q,); NaN where there is none.
        strata: (Q,) dataset codes 0..D-1, each present.
        resamples: B.
        generator: source of the resamples.
        prior: see `bayesian_sums`; of value and count, `A_SHARE` where values are in [0, 1].
    """
    known = ~np.isnan(values)
    n = int(known.sum())
    columns = np.stack([np.where(known, values, 0.0), known], axis=1)
    sums = resampled_sums(columns, strata, resamples, generator, n, prior)
    total, count = np.moveaxis(sums.sum(axis=0), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return estimate(np.where(count > 0, total / count, np.nan), n)


def resampled_sums(
    columns: Float2D,
    strata: Int1D,
    resamples: int,
    generator: np.random.Generator,
    n: int,
    prior: Float2D | None = None,
) -> Float:
    """`stratified_sums` of a figure of n questions; `bayesian_sums` with this prior when they are fewer than `FEW`."""
    sums = stratified_sums(columns, strata, resamples, generator)
    return sums if n >= FEW else bayesian_sums(columns, strata, resamples, generator, prior)


def bayesian_sums(
    columns: Float2D,
    strata: Int1D,
    resamples: int,
    generator: np.random.Generator,
    prior: Float2D | None = None,
) -> Float:
    """Column sums within each stratum, as they are and for draws of the Bayesian bootstrap (Rubin 1981).

    A draw weights the questions of a stratum by a flat Dirichlet distribution, together with pseudo-questions that
    weigh one question in all. With right and wrong in equal shares among these, a share has Jeffreys' posterior.

    Args:
        columns: (Q, C) finite.
        strata: (Q,) codes 0..D-1, each present.
        resamples: number of draws B.
        generator: parent of the source of the draws; its own stream is left where it was.
        prior: (H, C) the same columns of pseudo-questions; None: there are none.

    Returns:
        (D, 1 + B, C); row 0 is the sum over the questions themselves.
    """
    own = generator.spawn(1)[0]
    pseudo = np.empty((0, columns.shape[1])) if prior is None else prior
    sums = np.empty((int(strata.max()) + 1, 1 + resamples, columns.shape[1]))
    for stratum in range(len(sums)):
        inside = columns[strata == stratum]
        sums[stratum, 0] = inside.sum(axis=0)
        shape = np.concatenate([np.ones(len(inside)), np.full(len(pseudo), 1 / max(len(pseudo), 1))])
        for start, size in _chunks(resamples, len(shape)):
            weights = own.standard_gamma(shape, size=(size, len(shape)))
            weights *= shape.sum() / weights.sum(axis=1, keepdims=True)
            sums[stratum, 1 + start : 1 + start + size] = weights @ np.concatenate([inside, pseudo])
    return sums


def stratified_sums(columns: Float2D, strata: Int1D, resamples: int, generator: np.random.Generator) -> Float:
    """Column sums within each stratum, as they are and for every bootstrap resample: one matrix product a stratum.

    Args:
        columns: (Q, C) finite.
        strata: (Q,) codes 0..D-1, each present.
        resamples: number of resamples B; each draws as many questions of a stratum as it has, with replacement.
        generator: source of the draws.

    Returns:
        (D, 1 + B, C); row 0 is the sum over the questions themselves.
    """
    sums = np.empty((int(strata.max()) + 1, 1 + resamples, columns.shape[1]))
    for stratum in range(len(sums)):
        inside = columns[strata == stratum]
        sums[stratum, 0] = inside.sum(axis=0)
        for start, size in _chunks(resamples, len(inside)):
            sums[stratum, 1 + start : 1 + start + size] = _resample_weights(len(inside), size, generator) @ inside
    return sums


def sign_flip_p_values(differences: Float, strata: Int1D, flips: int, generator: np.random.Generator) -> Float:
    """Two-sided p-values of paired sign-flip tests of the macro mean difference.

    Args:
        differences: (Q, P) paired differences; NaN where a pair has no common verdict.
        strata: (Q,) codes 0..D-1, each present.
        flips: random sign vectors; the smallest possible p-value is 1 / (flips + 1).
        generator: source of the signs.

    Returns:
        (P,); NaN for a pair without common questions.
    """
    known = ~np.isnan(differences)
    count = np.stack([known[strata == stratum].sum(axis=0) for stratum in range(int(strata.max()) + 1)])
    used = (count > 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(known, differences, 0.0) / (count[strata] * used)
    shares[~known] = 0.0
    observed = np.abs(shares.sum(axis=0))
    exceeding = np.zeros(differences.shape[1])
    for _, size in _chunks(flips, len(differences)):
        signs = generator.integers(0, 2, size=(size, len(differences)), dtype=np.int8) * 2.0 - 1.0
        exceeding += (np.abs(signs @ shares) >= observed - 1e-12).sum(axis=0)
    return np.where(used > 0, (1 + exceeding) / (1 + flips), np.nan)


def sign_flip_test(
    differences: Float, strata: Int1D, flips: int, generator: np.random.Generator
) -> tuple[float, float, float]:
    """Paired sign-flip test of the macro mean difference: two-sided p-value, and the 95 % interval of the same test.

    The interval holds the shifts that the test does not reject, so zero is outside exactly where p is below 0.05. Few
    questions make it wide, fewer than six without end; differences of scores end at -1 and 1.

    Args:
        differences: (Q,) paired differences in [-1, 1]; NaN where there is no common verdict.
        strata: (Q,) codes 0..D-1.
        flips: random sign vectors; the smallest possible p-value is 1 / (flips + 1).
        generator: source of the signs.

    Returns:
        p-value, lower and upper end; all NaN without a common question.
    """
    known = ~np.isnan(differences)
    if not known.any():
        return (np.nan,) * 3
    gap = differences[known]
    labels, place, count = np.unique(strata[known], return_inverse=True, return_counts=True)
    weight = 1 / (count[place] * len(labels))
    observed = float(weight @ gap)
    ends = np.empty((2, flips))
    for start, size in _chunks(flips, len(gap)):
        signs = generator.integers(0, 2, size=(size, len(gap)), dtype=np.int8) * 2.0 - 1.0
        ends[:, start : start + size] = _not_rejected(observed, signs @ (weight * gap), signs @ weight)
    exceeding = ((ends[0] <= _TINY) & (ends[1] >= -_TINY)).sum()
    rank = max(math.ceil(_LEVEL * (1 + flips) - 1), 1) - 1
    low, high = np.partition(ends[0], rank)[rank], -np.partition(-ends[1], rank)[rank]
    return float((1 + exceeding) / (1 + flips)), max(float(low), -1.0), min(float(high), 1.0)


def _not_rejected(observed: float, flipped: Float, balance: Float) -> Float:
    """(2, B) between which shifts d a flip is as extreme as the data: |flipped - d balance| >= |observed - d|."""
    alike = 1 - np.abs(balance) < 1e-9  # all signs equal: as extreme at every shift
    with np.errstate(invalid="ignore", divide="ignore"):
        roots = np.stack([(observed - flipped) / (1 - balance), (observed + flipped) / (1 + balance)])
    return np.where(alike, np.array([[-np.inf], [np.inf]]), np.sort(roots, axis=0))


def percentile_interval(resampled: Float) -> tuple[Float, Float]:
    """95 % percentile interval over the first axis, ignoring NaN."""
    if not len(resampled):
        nothing = np.full(resampled.shape[1:], np.nan)
        return nothing, nothing
    empty = np.isnan(resampled).all(axis=0)
    low, high = np.nanpercentile(np.where(empty, 0.0, resampled), [2.5, 97.5], axis=0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def interval_of(values: Float, n: int | Int1D) -> tuple[Float, Float]:
    """95 % percentile interval of (1 + B, ...) values and their resamples; of few questions (n), it holds the value."""
    low, high = percentile_interval(values[1:])
    few = np.asarray(n) < FEW
    return np.where(few, np.minimum(low, values[0]), low), np.where(few, np.maximum(high, values[0]), high)


def holm(p_values: Sequence[float] | Float) -> Float:
    """Holm's step-down correction over a family of p-values; NaN ones are not part of it and stay NaN."""
    values = np.asarray(p_values, dtype=float)
    adjusted = np.full(values.shape, np.nan)
    order = np.argsort(values)[: int((~np.isnan(values)).sum())]
    steps = values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _resample_weights(n: int, resamples: int, generator: np.random.Generator) -> Float:
    """(resamples, n) how often each question was drawn."""
    drawn = generator.integers(0, n, size=(resamples, n)) + n * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n).astype(np.float64)


def _chunks(total: int, width: int) -> Iterator[tuple[int, int]]:
    """(start, size) of pieces of `total` rows whose size times `width` stays bounded."""
    step = max(1, _CHUNK // max(width, 1))
    return ((start, min(step, total - start)) for start in range(0, total, step))

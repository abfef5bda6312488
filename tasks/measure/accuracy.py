"""Accuracy, gains and paired differences of many systems at once, with what the bootstrap says about each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.measure.gains import REFERENCES, gap_closed, macro, mean_of_ratios, ratio_of_means
from tasks.measure.intervals import sign_flip_test, stratified_sums

AGAINST = ("best-single", "majority")
"""The baselines whose difference to every system is tested."""
PAIRED = tuple(dict.fromkeys((*REFERENCES.values(), *AGAINST)))
"""The baselines that every system is paired with."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Values for S systems; the leading axis R is 1 + B: the value itself, then B bootstrap resamples.

    Args:
        systems: S names.
        by_dataset: (D, R, S) accuracy.
        overall: metric → (R, S).
        differences_by_dataset: baseline → (D, R, S), system minus baseline on the questions both have a verdict for.
        differences: baseline → (R, S), their means over datasets.
        common: baseline → (S,) number of those questions.
        n: (D, S) questions with a verdict.
    """

    systems: tuple[str, ...]
    by_dataset: np.ndarray
    overall: dict[str, np.ndarray]
    differences_by_dataset: dict[str, np.ndarray]
    differences: dict[str, np.ndarray]
    common: dict[str, np.ndarray]
    n: np.ndarray


def measure(
    systems: Sequence[str],
    scores: np.ndarray,
    strata: np.ndarray,
    resamples: int,
    generator: np.random.Generator,
    paired: Sequence[str] = PAIRED,
) -> Measured:
    """Macro and micro accuracy, gains and differences, all from one matrix product per dataset.

    A question without a verdict for a system does not count for it; gains and differences use the questions that both
    sides have a verdict for, and the closed gap those that the best single model and the oracle have one for too.

    Args:
        systems: S names; comparisons are made with those of `paired` that are among them.
        scores: (S, Q) in [0, 1], NaN where there is no verdict.
        strata: (Q,) dataset codes 0..D-1, each present.
        resamples: B.
        generator: source of the resamples.
        paired: the baselines.
    """
    known = ~np.isnan(scores)
    values = np.where(known, scores, 0.0)
    baselines = [systems.index(name) for name in paired if name in systems]
    blocks = [values, known]
    for baseline in baselines:
        both = known & known[baseline]
        blocks += [values * both, values[baseline] * both, both]
    ends = [systems.index(name) for name in ("best-single", "oracle") if name in systems]
    if len(ends) == 2:
        three = known & known[ends].all(axis=0)
        blocks += [values * three, values[ends[0]] * three, values[ends[1]] * three, three]
    sums = stratified_sums(np.concatenate(blocks).T.astype(np.float64), strata, resamples, generator)
    value, count, *pairs = np.split(sums, len(blocks), axis=2)
    by_dataset = _ratio(value, count)
    overall = {"accuracy": macro(by_dataset), "accuracy_micro": _ratio(value.sum(axis=0), count.sum(axis=0))}
    differences, common = {}, {}
    for place, baseline in enumerate(baselines):
        mine, theirs, both = pairs[3 * place : 3 * place + 3]
        name, system, reference = systems[baseline], _ratio(mine, both), _ratio(theirs, both)
        differences[name], common[name] = system - reference, both[:, 0].sum(axis=0)
        for metric in (metric for metric, against in REFERENCES.items() if against == name):
            overall[metric] = mean_of_ratios(metric, system, reference)
            overall[f"{metric}_ratio"] = ratio_of_means(metric, system, reference)
    if len(ends) == 2:
        *accuracies, n = pairs[-4:]
        overall["gap_closed"] = gap_closed(*(_ratio(one, n) for one in accuracies))
    means = {name: macro(values) for name, values in differences.items()}
    return Measured(tuple(systems), by_dataset, overall, differences, means, common, count[:, 0])


@dataclass(frozen=True, slots=True)
class Difference:
    """Paired difference of macro accuracy over n common questions; interval and p-value are of one sign-flip test."""

    difference: float
    ci_low: float
    ci_high: float
    p_value: float
    n: int


def difference(
    system: np.ndarray, baseline: np.ndarray, strata: np.ndarray, flips: int, generator: np.random.Generator
) -> Difference:
    """System minus baseline over the same questions, macro over datasets.

    Args:
        system: (Q,) scores; NaN where there is no verdict.
        baseline: (Q,) scores.
        strata: (Q,) dataset codes 0..D-1, each present.
        flips: random sign vectors of the test.
        generator: their source.
    """
    gap = system - baseline
    known = ~np.isnan(gap)
    by_stratum = [gap[known & (strata == code)] for code in np.unique(strata[known])]
    mean = float(np.mean([values.mean() for values in by_stratum])) if by_stratum else float("nan")
    p_value, low, high = sign_flip_test(gap, strata, flips, generator)
    return Difference(mean, low, high, p_value, int(known.sum()))


def _ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)

"""Accuracy, gains and paired differences of many systems at once, with what the bootstrap says about each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tasks.measure.gains import REFERENCES, gap_closed, macro, mean_of_ratios, ratio_of_means
from tasks.measure.intervals import (
    FEW,
    Estimate,
    bayesian_sums,
    estimate,
    share_estimate,
    sign_flip_test,
    stratified_sums,
)

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

    def accuracy(self, place: int) -> Estimate:
        """Macro accuracy of a system, by its place."""
        n = self.n[:, place]
        if (n > 0).sum() == 1:
            return self.accuracy_in(int(n.argmax()), place)
        return estimate(self.overall["accuracy"][:, place], int(n.sum()))

    def accuracy_in(self, dataset: int, place: int) -> Estimate:
        """Accuracy of a system in a dataset, by their places; of few questions with the exact interval."""
        values, n = self.by_dataset[dataset, :, place], int(self.n[dataset, place])
        return share_estimate(float(values[0]), n) if 0 < n < FEW else estimate(values, n)


def measure(
    systems: Sequence[str],
    scores: np.ndarray,
    strata: np.ndarray,
    resamples: int,
    generator: np.random.Generator,
    paired: Sequence[str] = PAIRED,
) -> Measured:
    """Macro and micro accuracy, gains and differences, all from one matrix product per dataset.

    Resamples of figures of fewer than `FEW` questions are draws of the Bayesian bootstrap, whose pseudo-questions give
    every system Jeffreys' prior and make every two independent a priori.

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
    n_question = scores.shape[1]
    columns = _columns(systems, np.hstack([scores, _pseudo_questions(len(systems))]), paired)
    own, prior = columns[:n_question], columns[n_question:]
    found = _figures(systems, stratified_sums(own, strata, resamples, generator), paired)
    if resamples and (found.n < FEW).any():
        few = _figures(systems, bayesian_sums(own, strata, resamples, generator, prior), paired)
        found = _with_few(found, few)
    return found


def _pseudo_questions(systems: int) -> np.ndarray:
    """(systems, H) a prior's questions: each system is right on half of them, and each two agree on half of them."""
    from scipy.linalg import hadamard

    return (hadamard(1 << systems.bit_length())[1 : systems + 1] + 1.0) / 2


def _columns(systems: Sequence[str], scores: np.ndarray, paired: Sequence[str]) -> np.ndarray:
    """(Q, C) what is summed over questions: S columns each of values and counts, alone and beside every baseline."""
    known = ~np.isnan(scores)
    values = np.where(known, scores, 0.0)
    blocks = [values, known]
    for baseline in _places(systems, paired):
        both = known & known[baseline]
        blocks += [values * both, values[baseline] * both, both]
    if ends := _ends(systems):
        three = known & known[ends].all(axis=0)
        blocks += [values * three, values[ends[0]] * three, values[ends[1]] * three, three]
    return np.concatenate(blocks).T.astype(np.float64)


def _figures(systems: Sequence[str], sums: np.ndarray, paired: Sequence[str]) -> Measured:
    """What the sums of `_columns` say."""
    value, count, *pairs = np.split(sums, sums.shape[2] // len(systems), axis=2)
    by_dataset = _ratio(value, count)
    pooled = [np.where(count[:, :1] > 0, one, 0.0).sum(axis=0, keepdims=True) for one in (value, count)]
    overall = {"accuracy": macro(by_dataset), "accuracy_micro": _ratio(*pooled)[0]}
    differences, common = {}, {}
    for place, baseline in enumerate(_places(systems, paired)):
        mine, theirs, both = pairs[3 * place : 3 * place + 3]
        name, system, reference = systems[baseline], _ratio(mine, both), _ratio(theirs, both)
        differences[name], common[name] = system - reference, both[:, 0].sum(axis=0)
        for metric in (metric for metric, against in REFERENCES.items() if against == name):
            overall[metric] = mean_of_ratios(metric, system, reference)
            overall[f"{metric}_ratio"] = ratio_of_means(metric, system, reference)
    if _ends(systems):
        *accuracies, n = pairs[-4:]
        overall["gap_closed"] = gap_closed(*(_ratio(one, n) for one in accuracies))
    means = {name: macro(values) for name, values in differences.items()}
    return Measured(tuple(systems), by_dataset, overall, differences, means, common, count[:, 0])


def _with_few(found: Measured, few: Measured) -> Measured:
    """The same, with the resamples of `few` wherever a figure is of fewer questions than `FEW`."""
    rare = found.n[:, None] < FEW
    total = found.n.sum(axis=0) < FEW
    scarce = {name: n < FEW for name, n in found.common.items()}
    return replace(
        found,
        by_dataset=np.where(rare, few.by_dataset, found.by_dataset),
        overall={name: np.where(total, few.overall[name], values) for name, values in found.overall.items()},
        differences_by_dataset={name: np.where(rare, few.differences_by_dataset[name], values)
                                for name, values in found.differences_by_dataset.items()},
        differences={name: np.where(scarce[name], few.differences[name], values)
                     for name, values in found.differences.items()},
    )  # fmt: skip


def _places(systems: Sequence[str], names: Sequence[str]) -> list[int]:
    return [systems.index(name) for name in names if name in systems]


def _ends(systems: Sequence[str]) -> list[int]:
    """Places of the best single model and the oracle, where both are there."""
    places = _places(systems, ("best-single", "oracle"))
    return places if len(places) == 2 else []


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
    """(D, 1 + B, ...) ratios; NaN where the resample, or the sample itself, has nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((count > 0) & (count[:, :1] > 0), total / count, np.nan)

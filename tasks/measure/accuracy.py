"""Accuracies and paired differences of many systems at once, and of every bootstrap resample of their questions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from profiles.arrays import Bool, Float1D, Float2D, Float3D, Int1D, Int2D
from tasks.measure.gains import macro, ratio
from tasks.measure.intervals import (
    FEW,
    Estimate,
    bayesian_sums,
    estimate,
    share_estimate,
    sign_flip_test,
    stratified_sums,
)
from tasks.measure.resampled import Resampled
from warehouse.identity import hash_parts

AGAINST = ("best-single", "majority")
"""The baselines whose difference to every system is tested."""
_PSEUDO = 64  # pseudo-questions of the prior
Baselines = tuple[str, ...]
"""Systems that another is measured against, on the questions that it and all of them have a verdict for."""


@dataclass(frozen=True, eq=False)
class Part:
    """Sums of S systems, (D, R, S), equal ones kept once: where nothing is missing, most are equal.

    Args:
        kept: (C, D, R), so that those of one system are a view.
        places: (S,) where among these those of each system are.
    """

    kept: Float3D
    places: Int1D

    def of(self, systems: Sequence[int] | slice = slice(None)) -> Float3D:
        """(D, R, P) of some systems, all by default; one and the same of all of them takes no room."""
        own = self.places[systems]
        if len(own) and (own == own[0]).all():
            return np.broadcast_to(self.kept[own[0]][..., None], (*self.kept.shape[1:], len(own)))
        return np.moveaxis(self.kept[own], 0, -1)


Sums = Mapping[Baselines, tuple[Part, ...]]
"""Baselines → scores of the system, scores of every baseline, number of questions."""
Costs = tuple[Part, Part]
"""Costs in USD, and the number of questions whose cost is known; 0 where costs were not given."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Sums over the questions of S systems in D datasets; R is 1 + B: the sum itself, then B resamples of it.

    Args:
        systems: S names.
        sums: of all questions and of those shared with baselines.
        paid: what they cost.
        few: `sums` and `paid` for figures of fewer than `FEW` questions: draws of the Bayesian bootstrap; the same
            ones where there is no such figure.
    """

    systems: tuple[str, ...]
    sums: Sums
    paid: Costs
    few: tuple[Sums, Costs]

    @cached_property
    def n(self) -> Int2D:
        """(D, S) questions with a verdict."""
        return self.sums[()][1].of()[:, 0].astype(np.int64)

    @cached_property
    def by_dataset(self) -> Float3D:
        """(D, R, S) accuracy."""
        return ratio(*self._of((), self.n[:, None] < FEW))

    @cached_property
    def macro(self) -> Float2D:
        """(R, S) macro accuracy."""
        return macro(ratio(*self._of((), self.n.sum(axis=0) < FEW)))

    def common(self, baseline: str) -> Int1D:
        """(S,) questions that a system shares with a baseline."""
        n: Int1D = self.sums[baseline,][2].of()[:, 0].sum(axis=0).astype(np.int64)
        return n

    def differences(self, baseline: str) -> Float2D:
        """(R, S) system minus baseline on the questions both have a verdict for, mean over datasets."""
        return macro(self._differences(baseline, self.common(baseline) < FEW))

    def differences_by_dataset(self, baseline: str) -> Float3D:
        """(D, R, S) the same in each dataset."""
        return self._differences(baseline, self.n[:, None] < FEW)

    def accuracy(self, place: int) -> Estimate:
        """Macro accuracy of a system, by its place."""
        n = self.n[:, place]
        if (n > 0).sum() == 1:
            return self.accuracy_in(int(n.argmax()), place)
        return estimate(self.macro[:, place], int(n.sum()))

    def accuracy_in(self, dataset: int, place: int) -> Estimate:
        """Accuracy of a system in a dataset, by their places; of few questions with the exact interval."""
        values, n = self.by_dataset[dataset, :, place], int(self.n[dataset, place])
        return share_estimate(float(values[0]), n) if 0 < n < FEW else estimate(values, n)

    def resampled(self, place: int, baselines: Baselines = (), dataset: int | None = None) -> tuple[Resampled, ...]:
        """A system by its place, then the baselines on the questions it shares with them; in one dataset or in all."""
        inside = slice(None) if dataset is None else slice(dataset, dataset + 1)
        sums, costs = self.few if self.n[inside, place].sum() < FEW else (self.sums, self.paid)

        def of(part: Part, own: int = place) -> Float2D:
            return part.kept[part.places[own], inside]

        *scores, n = map(of, sums[baselines])
        places = [place, *map(self.systems.index, baselines)]
        paid = [(of(costs[0], own), of(costs[1], own)) for own in places]
        return tuple(Resampled(score, n, *cost) for score, cost in zip(scores, paid, strict=True))

    def together(self, places: Sequence[int]) -> tuple[Float3D, ...]:
        """(D, R, P) each: scores, questions, costs and questions of known cost of several systems by their places."""
        few = self.n[:, places].sum(axis=0).max() < FEW
        sums, costs = self.few if few else (self.sums, self.paid)
        return tuple(part.of(places) for part in (*sums[()], *costs))

    def _differences(self, baseline: str, few: Bool) -> Float3D:
        system, reference, n = self._of((baseline,), few)
        return ratio(system, n) - ratio(reference, n)

    def _of(self, baselines: Baselines, few: Bool) -> tuple[Float3D, ...]:
        if self.few[0] is self.sums:
            return tuple(part.of() for part in self.sums[baselines])
        pairs = zip(self.few[0][baselines], self.sums[baselines], strict=True)
        return tuple(np.where(few, fewer.of(), many.of()) for fewer, many in pairs)


def measure(
    systems: Sequence[str],
    scores: Float2D,
    strata: Int1D,
    resamples: int,
    generator: np.random.Generator,
    shared: Iterable[Baselines] = (),
    costs: Float2D | None = None,
) -> Measured:
    """Sums over all questions, and over those shared with baselines, all from one matrix product per dataset.

    Resamples of figures of fewer than `FEW` questions are draws of the Bayesian bootstrap, whose pseudo-questions give
    every system Jeffreys' prior and make every two independent a priori; they cost nothing.

    Args:
        systems: S names.
        scores: (S, Q) in [0, 1], NaN where there is no verdict: the question does not count for the system.
        strata: (Q,) dataset codes 0..D-1, each present.
        resamples: B.
        generator: source of the resamples.
        shared: what else is summed: the questions that a system shares with these baselines, all among the systems.
        costs: (S, Q) USD, NaN where unknown; None: no cost is known.
    """
    n_question = scores.shape[1]
    prior = _pseudo_questions(systems)
    groups = list(dict.fromkeys([(), *shared]))
    free = None if costs is None else np.hstack([costs, np.full(prior.shape, np.nan)])
    columns, places = _distinct(_columns(systems, np.hstack([scores, prior]), groups, free))
    own, pseudo = columns[:n_question], columns[n_question:]
    found = _apart(groups, places, stratified_sums(own, strata, resamples, generator))
    few = found
    if resamples and (found[0][()][1].of()[:, 0] < FEW).any():
        few = _apart(groups, places, bayesian_sums(own, strata, resamples, generator, pseudo))
    return Measured(tuple(systems), *found, few)


def _pseudo_questions(systems: Sequence[str]) -> Float2D:
    """(S, H) a prior's questions: each system is right on half of them, and each two agree on about half of them.

    Which ones goes by a system's name, so that no other system moves its figures.
    """
    seeds = (int(hash_parts("pseudo-questions", name), 16) for name in systems)
    return np.stack([np.random.default_rng(seed).permutation(_PSEUDO) < _PSEUDO // 2 for seed in seeds]).astype(float)


def _columns(
    systems: Sequence[str], scores: Float2D, groups: Sequence[Baselines], costs: Float2D | None
) -> Iterator[Float2D]:
    """(S, Q) each, what is summed over questions: every part of a group, then costs and their number."""
    known = ~np.isnan(scores)
    values = np.where(known, scores, 0.0)
    for baselines in groups:
        places = [systems.index(name) for name in baselines]
        all_known = known & known[places].all(axis=0)
        yield values * all_known
        yield from (values[place] * all_known for place in places)
        yield all_known.astype(np.float64)
    if costs is not None:
        yield np.nan_to_num(costs)
        yield (~np.isnan(costs)).astype(np.float64)


def _distinct(blocks: Iterable[Float2D]) -> tuple[Float2D, list[list[int]]]:
    """(Q, C) columns, each once, and the places of every row of a block."""
    places: dict[bytes, int] = {}
    found = [[places.setdefault(row.tobytes(), len(places)) for row in block] for block in blocks]
    return np.stack([np.frombuffer(row) for row in places], axis=1), found


def _apart(groups: Sequence[Baselines], places: Sequence[list[int]], sums: Float3D) -> tuple[Sums, Costs]:
    """The sums of `_columns`, part by part."""
    kept = np.ascontiguousarray(np.moveaxis(sums, 2, 0))
    parts = (Part(kept, np.array(own)) for own in places)
    found = {baselines: tuple(next(parts) for _ in range(len(baselines) + 2)) for baselines in groups}
    nothing = Part(np.zeros((1, *sums.shape[:2])), np.zeros(len(places[0]), dtype=np.int64))
    return found, (next(parts, nothing), next(parts, nothing))


@dataclass(frozen=True, slots=True)
class Difference:
    """Paired difference of macro accuracy over n common questions; interval and p-value are of one sign-flip test."""

    difference: float
    ci_low: float
    ci_high: float
    p_value: float
    n: int


def difference(
    system: Float1D, baseline: Float1D, strata: Int1D, flips: int, generator: np.random.Generator
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

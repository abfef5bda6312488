"""What a collaboration preset is worth beside the baselines, on the very answers it gave: the figures of its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from profiles.arrays import known_mean
from tasks.measure.accuracy import Measured, measure
from tasks.measure.calibration import Calibration, calibrate
from tasks.measure.intervals import (
    A_SHARE,
    Estimate,
    draws,
    estimate,
    holm,
    mean_estimate,
    resampled_sums,
    sign_flip_p_values,
)
from tasks.measure.metrics.gap_closed import ENDS, gap_closed
from tasks.measure.outcomes import Outcomes


@dataclass(frozen=True, slots=True)
class InDataset:
    """A preset against the best single model in one dataset; p-values are Holm's over the datasets."""

    dataset: str
    accuracy: Estimate
    baseline: Estimate
    difference: Estimate
    p_holm: float | None

    def significance(self, alpha: float) -> int:
        """At level alpha. 1: significantly better, -1: significantly worse, 0: neither."""
        if self.p_holm is None or self.p_holm >= alpha or self.difference.value is None:
            return 0
        return 1 if self.difference.value > 0 else -1


@dataclass(frozen=True, slots=True)
class Line:
    """A system on some of the run's test questions.

    Args:
        system: its name.
        accuracy: macro over datasets.
        differences: baseline → paired difference of macro accuracy.
        gap_closed: share of the way from the best single model to the oracle.
        calls: per question, mean over the questions; `cost_usd` likewise, over those whose cost is known.
        by_dataset: against the best single model.
    """

    system: str
    accuracy: Estimate
    differences: Mapping[str, Estimate]
    gap_closed: Estimate
    calls: Estimate
    cost_usd: Estimate
    by_dataset: tuple[InDataset, ...]


@dataclass(frozen=True, slots=True)
class Effort:
    """What a preset did and what it spared itself.

    Args:
        needed: calls per question had nothing been stopped early.
        saved: share of those calls that early stops saved.
        stopped: share of the answers that were stopped early; unknown where a preset has nothing to stop.
        missing: chosen models without an answer, per question.
        n_answer: answers, all seeds.
        n_silent: those without a chosen candidate.
    """

    needed: Estimate
    saved: Estimate
    stopped: Estimate
    missing: Estimate
    n_answer: int
    n_silent: int


def line_of(
    system: Outcomes,
    baselines: Sequence[Outcomes],
    cells: np.ndarray,
    datasets: np.ndarray,
    resamples: int,
) -> Line:
    """Measure a system and the baselines on the same answers.

    Args:
        system: a preset or one of the baselines.
        baselines: the best single model and the oracle among them.
        cells: (S, Q) the seeds and questions that count; each question's score is the mean over its seeds.
        datasets: (Q,) dataset of each question; resampled are all, as on the leaderboard, whether they count or not.
        resamples: bootstrap resamples, and random sign vectors of the tests.
    """
    own, others = system.at(cells), [one.at(cells) for one in baselines if one.system != system.system]
    names = [*(one.system for one in others), own.system]
    labels, strata = np.unique(datasets, return_inverse=True)
    scores = np.stack([one.score for one in (*others, own)])
    baselines_of = [*((name,) for name in names[:-1]), *([ENDS] if set(ENDS) <= set(names) else [])]
    found = measure(names, scores, strata, resamples, draws(), baselines_of)
    n = int(found.n[:, -1].sum())
    last = len(names) - 1
    gap = gap_closed(*found.resampled(last, ENDS)) if ENDS in baselines_of else np.full(1 + resamples, np.nan)
    return Line(
        system=system.system,
        accuracy=found.accuracy(last),
        differences={
            name: estimate(found.differences(name)[:, -1], int(found.common(name)[-1])) for name in names[:-1]
        },
        gap_closed=estimate(gap, n),
        calls=mean_estimate(own.call, strata, resamples, draws()),
        cost_usd=mean_estimate(own.cost, strata, resamples, draws()),
        by_dataset=_by_dataset(names, labels, found, scores, strata, cells) if "best-single" in names[:-1] else (),
    )


def _by_dataset(
    names: Sequence[str],
    labels: np.ndarray,
    found: Measured,
    scores: np.ndarray,
    strata: np.ndarray,
    cells: np.ndarray,
) -> tuple[InDataset, ...]:
    best = names.index("best-single")
    gap = scores[-1] - scores[best]
    flips, signs = found.by_dataset.shape[1] - 1, draws()
    p_values = holm(
        [
            sign_flip_p_values(
                gap[strata == code, None], np.zeros(int((strata == code).sum()), dtype=int), flips, signs
            )[0]
            for code in range(len(labels))
        ]
    )
    return tuple(
        InDataset(
            dataset=str(label),
            accuracy=found.accuracy_in(code, len(names) - 1),
            baseline=found.accuracy_in(code, best),
            difference=estimate(
                found.differences_by_dataset("best-single")[code, :, -1], int((~np.isnan(gap[strata == code])).sum())
            ),
            p_holm=None if np.isnan(p_values[code]) else float(p_values[code]),
        )
        for code, label in enumerate(labels)
        if cells[:, strata == code].any()
    )


def calibration_of(system: Outcomes, datasets: np.ndarray, resamples: int) -> Calibration | None:
    """Calibration of a system on all it answered; None when it states no probability."""
    if system.probabilities is None:
        return None
    strata = np.unique(datasets, return_inverse=True)[1]
    return calibrate(system.probabilities, system.scores, strata, resamples, draws())


def effort_of(
    system: Outcomes,
    saved: np.ndarray,
    missing: np.ndarray,
    datasets: np.ndarray,
    resamples: int,
) -> Effort:
    """Calls needed and saved.

    Args:
        system: a preset.
        saved: (S, Q) calls not made because the answer was decided, NaN where there was nothing to stop.
        missing: (S, Q) chosen models without an answer; NaN where it was not tested or it is not known.
        datasets: (Q,) dataset of each question.
        resamples: bootstrap resamples.
    """
    tested = ~np.isnan(system.calls)
    asked = tested.any(axis=0)
    strata = np.unique(datasets[asked], return_inverse=True)[1]
    needed = system.calls + np.nan_to_num(saved)
    pair = np.stack([known_mean(values)[asked] for values in (system.calls, needed)], axis=1)
    n = len(pair)
    sums = resampled_sums(pair, strata, resamples, draws(), n).sum(axis=0)
    stopped = np.where(np.isnan(saved), np.nan, saved > 0)
    return Effort(
        needed=estimate(sums[:, 1] / n, n),
        saved=estimate(1 - sums[:, 0] / sums[:, 1], n),
        stopped=mean_estimate(known_mean(stopped)[asked], strata, resamples, draws(), A_SHARE),
        missing=mean_estimate(known_mean(missing)[asked], strata, resamples, draws()),
        n_answer=int(tested.sum()),
        n_silent=int((tested & (system.response_ids == None)).sum()),  # noqa: E711  (elementwise)
    )


def shares_of(
    chosen: np.ndarray, datasets: np.ndarray, resamples: int
) -> tuple[tuple[str, ...], np.ndarray, list[Estimate]]:
    """How often every model is among the chosen.

    Args:
        chosen: (Q, M) share of the seeds that chose the model for the question; NaN rows were not tested.
        datasets: (Q,) dataset of each question.
        resamples: bootstrap resamples.

    Returns:
        The datasets, (D, M) shares of their questions, and per model the mean over datasets.
    """
    asked = ~np.isnan(chosen).any(axis=1)
    labels, strata = np.unique(datasets[asked], return_inverse=True)
    inside = np.column_stack([chosen[asked], np.ones(int(asked.sum()))])
    n = int(asked.sum())
    prior = np.repeat(A_SHARE, [inside.shape[1] - 1, 1], axis=1)
    sums = resampled_sums(inside, strata, resamples, draws(), n, prior)
    shares = sums[:, :, :-1] / sums[:, :, -1:]
    return tuple(map(str, labels)), shares[:, 0], [estimate(one, n) for one in shares.mean(axis=0).T]

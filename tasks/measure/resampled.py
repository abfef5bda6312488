"""What a metric is made of: a system on some questions, and on every bootstrap resample of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from profiles.arrays import Float, Float1D
from tasks.measure.calibration import Calibration
from tasks.measure.gains import macro, ratio


def _nothing() -> Float:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class Resampled:
    """A system on D datasets; the axis R is 1 + B: the sum itself, then B resamples of its questions.

    All resamples of a run are the same for all its systems, so whatever two of them say can be paired. Several points
    of a method, or of the field, are one of these with an axis of P points behind: (D, R, P).

    Args:
        score: (D, R) sums of scores, over the questions that the system and its metric's baselines have a verdict for.
        n: (D, R) these questions.
        paid: (D, R) sums of costs in USD, over the questions whose cost is known; `n_paid` these questions.
        calls: (Q,) model calls per question, NaN where it was not asked; without resamples.
        costs: (Q,) USD per question, NaN where unknown; likewise.
        seeds: the scores of every seed that the system was tested with, R = 1.
        calibration: of the probabilities it states; None when it states none.
        names: of the P points; `methods` that they are points of, and `models` whether each is one model alone.
    """

    score: Float
    n: Float
    paid: Float = field(default_factory=_nothing)
    n_paid: Float = field(default_factory=_nothing)
    calls: Float1D = field(default_factory=_nothing)
    costs: Float1D = field(default_factory=_nothing)
    seeds: "tuple[Resampled, ...]" = ()
    calibration: Calibration | None = None
    names: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    models: tuple[bool, ...] = ()

    @cached_property
    def by_dataset(self) -> Float:
        """(D, R, ...) accuracy in each dataset; NaN where there is no question."""
        return ratio(self.score, self.n)

    @cached_property
    def accuracy(self) -> Float:
        """(R, ...) macro accuracy: the unweighted mean over datasets."""
        return macro(self.by_dataset)

    @cached_property
    def cost_usd(self) -> Float:
        """(R, ...) US dollars for all questions; NaN when the cost of any is unknown."""
        known = self.n_paid[:, 0].sum(axis=0) >= self.n[:, 0].sum(axis=0)
        return np.where(known, self.paid.sum(axis=0), np.nan)

    @property
    def n_question(self) -> int:
        """Questions with a verdict."""
        return int(self.n[:, 0].sum())


def seed_mean(of: Callable[..., Float], *operands: Resampled) -> Float1D:
    """(1,) mean over seeds of a function of the operands' accuracies by dataset; seeds that it is NaN for are left out.

    A value without resamples, as these are of questions and not of seeds.
    """
    seeds = zip(*(one.seeds or (one,) for one in operands), strict=True)
    found = np.array([of(*(one.by_dataset for one in seed))[0] for seed in seeds])
    known = found[~np.isnan(found)]
    return np.array([known.mean() if len(known) else np.nan])

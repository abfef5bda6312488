"""shuffled-labels: a control that learns from questions with the outcomes of others."""

from dataclasses import dataclass, replace

import numpy as np

from tasks.route.contract import NoOptions, Point, Progress, Router, Train
from tasks.route.registry import routers
from tasks.route.routers.ridge import Ridge, RidgePolicy


@dataclass(frozen=True, eq=False)
class ShuffledPolicy(RidgePolicy):
    """A ridge probe at its own point: a control needs no curve."""

    @property
    def points(self) -> tuple[Point, ...]:
        """Its own."""
        return (Point(),)


@routers.register("shuffled-labels")
class ShuffledLabels(Router[NoOptions]):
    """The ridge probe with outcomes dealt out anew: it knows how good models are, and nothing of questions.

    A router that is no better has learned no more than that.
    """

    policy = ShuffledPolicy

    def fit(self, train: Train, report: Progress) -> ShuffledPolicy:
        """A ridge probe of shuffled outcomes; a question's are dealt out together."""
        dealt = np.random.default_rng(train.seed).permutation(len(train.validation))
        known = replace(train.known, score=train.known.score[dealt], cost_usd=train.known.cost_usd[dealt])
        return ShuffledPolicy(**vars(Ridge().fit(replace(train, known=known), report)))

"""What the bank expects of every model at a question, in which order models are asked, and which of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from profiles.arrays import known_mean
from profiles.preset import Preset
from profiles.prior import Totals, local_accuracy, log_odds


@dataclass(frozen=True, eq=False)
class Ranking:
    """n questions, P models.

    Args:
        prior: (n, P); NaN where it says nothing of a model.
        log_odds: (n, P) of the local accuracy.
        ranked: (n, P) models, best first.
        order: (n, P) models in the order in which they are asked: best first, or the pool's where all are asked.
        wanted: (n,) how many are asked.
        routed: (n,) whether the best model is asked alone because it is sure.
    """

    prior: np.ndarray
    log_odds: np.ndarray
    ranked: np.ndarray
    order: np.ndarray
    wanted: np.ndarray
    routed: np.ndarray

    @property
    def chosen(self) -> list[np.ndarray]:
        """n arrays of the models to ask."""
        return [row[:n] for row, n in zip(self.order, self.wanted, strict=True)]

    def mask(self, there: np.ndarray, *, substitutes: bool) -> np.ndarray:
        """Which models, in the order in which they are asked, give a reference, (n, P).

        Args:
            there: (n, P) whether a model, in pool order, answers.
            substitutes: whether the next in order stand in for those that do not.
        """
        there = np.take_along_axis(there, self.order, axis=1)
        place = there.cumsum(axis=1) if substitutes else np.arange(1, there.shape[1] + 1)
        return there & (place <= self.wanted[:, None])


def heard(similarity: np.ndarray, least: float) -> np.ndarray:
    """What neighbours weigh by: their cosines; 0, which leaves the overall accuracy, where they are below the least."""
    return np.where(similarity >= least, similarity, 0.0)


def expected(
    preset: Preset,
    near: np.ndarray,
    similarity: np.ndarray,
    labels: np.ndarray,
    datasets: np.ndarray,
    own: np.ndarray | None = None,
    totals: Totals | None = None,
    form: Callable[..., np.ndarray] = local_accuracy,
) -> np.ndarray:
    """The local accuracy of every model, (n, P); parameters as of `profiles.prior.local_accuracy`.

    Args:
        preset: how similar a neighbour has to be, and how strongly accuracies are shrunk.
        form: the shrunk one, or what an analysis puts in its place.
    """
    weights = heard(similarity, preset.min_similarity)
    return form(near, weights, labels, datasets, own=own, totals=totals, constants=preset.constants)


def rank(
    preset: Preset, prior: np.ndarray, local: np.ndarray, cost: np.ndarray, labels: np.ndarray, code: np.ndarray
) -> Ranking:
    """Order the models of every question.

    Args:
        preset: how many, what cost weighs, when one is enough.
        prior: (n, P).
        local: (n, P) local accuracy.
        cost: (P,) share of the dearest model's cost.
        labels: (Q, P) of the bank.
        code: (n,) whether a question is of a code dataset.
    """
    worth = prior - preset.cost_weight * cost
    ranked = np.argsort(-np.nan_to_num(worth, nan=-np.inf), axis=1, kind="stable")
    if preset.prior == "shrunk":
        ranked = _known_first(ranked, labels, preset.constants.least_known)
    sure = np.inf if preset.route_at is None else preset.route_at
    routed = prior[np.arange(len(prior)), ranked[:, 0]] >= sure
    top_n = np.where(code, preset.top_n_code, preset.top_n).clip(max=prior.shape[1])
    wanted = np.where(routed, 1, top_n)
    # As published, asking every model leaves them in pool order; ours knows whose words to prefer all the same.
    unranked = (wanted == prior.shape[1]) & (preset.prior != "shrunk")
    order = np.where(unranked[:, None], np.arange(prior.shape[1]), ranked)
    return Ranking(prior, log_odds(local), ranked, order, wanted, routed)


def relative_cost(costs: np.ndarray) -> np.ndarray:
    """Mean cost of every model as a share of the dearest one's, (P,), of (n, P); 1 where it is unknown."""
    mean = known_mean(costs)
    dearest = np.nanmax(mean, initial=0.0)
    return np.nan_to_num(mean / dearest, nan=1.0) if dearest > 0 else np.ones(len(mean))


def _known_first(ranked: np.ndarray, labels: np.ndarray, least: float) -> np.ndarray:
    """The same order, but models with less than a share of the labels that another has come after the others.

    A few easy ones make no model the best.
    """
    known = ~np.isnan(labels)
    rare = known.sum(axis=0) < least * known.sum(axis=0).max(initial=0)
    order = np.argsort(rare[ranked], axis=1, kind="stable")
    return np.take_along_axis(ranked, order, axis=1)

"""How many answers it takes to bring in a new model, without fitting anything anew."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from profiles.arrays import known_mean
from tasks.analyse.analysis import Material, analyses
from tasks.analyse.answer import Answers, Runner
from tasks.analyse.routed import answers_of, asked_of, train_of
from tasks.analyse.split_data import SplitData
from tasks.analyse.study import Setting, Study
from tasks.measure.settle import one_model
from tasks.route.clusters import nearest
from tasks.route.contract import choose, nobody_listens
from tasks.route.routers.uniroute import UniRoute, UniRouteOptions, UniRoutePolicy, describe, pool_errors

OPTIONS = UniRouteOptions(clusters=30)  # as published
_ANSWERS = (0, 10, 30, 100, 300, 1000)


@analyses.register("onboarding")
def onboarding(material: Material) -> Iterable[Study]:
    """Accuracy of `uniroute` by the number of answers that it knows a new model from."""
    if len(material.pool.models) < 2:
        return
    settings = [
        Setting(f"{n} answers", material.base, n, router="uniroute", answer=partial(_of, answers=n)) for n in _ANSWERS
    ]
    yield Study(
        "onboarding",
        "Bringing in a new model",
        "Router `uniroute`, fitted without one model, to which that model is then added by its answers to so many "
        "random bank questions (at most all that it answered); the mean over every model left out in turn. Differences "
        "are to the pool without it.",
        tuple(settings),
        ("0 answers", ""),
        "answers of the new model",
    )


def _of(runner: Runner, setting: Setting, *, answers: int) -> Answers:
    data = runner.data
    each = [_with_new(data, model, answers) for model in range(len(data.matrix.models))]
    means = (known_mean(np.stack([getattr(one, part) for one in each])) for part in ("scores", "calls", "costs"))
    return Answers(*means)


def _with_new(data: SplitData, new: int, answers: int) -> Answers:
    policy, order = left_out(data, new), [at for at in range(len(data.matrix.models)) if at != new]
    if answers:
        known = np.flatnonzero(~np.isnan(data.labels[:, new]))
        drawn = np.random.default_rng([data.seed, new]).permutation(known)[:answers]
        policy = policy.onboard(data.vectors[data.bank][drawn], data.labels[drawn, new])
        order.append(new)
    chosen = np.array(order)[choose(policy.predict(asked_of(data)))]
    return answers_of(data, one_model(chosen, len(data.matrix.models)))


def left_out(data: SplitData, new: int) -> UniRoutePolicy:
    """What `uniroute` learns from the bank without a model; the clusters, which know no model, are found once."""
    policy, label = _fitted(data)
    others, cost = np.delete(data.labels, new, axis=1), np.delete(policy.cost, new)
    pool = pool_errors(label, others, len(policy.centres))
    errors = np.stack([describe(label, one, pool, policy.strength) for one in others.T])
    return replace(policy, pool=pool, errors=errors, cost=cost)


@lru_cache(maxsize=1)
def _fitted(data: SplitData) -> tuple[UniRoutePolicy, np.ndarray]:
    policy = UniRoute(OPTIONS).fit(train_of(data), nobody_listens)
    return policy, nearest(data.vectors[data.bank], policy.centres)

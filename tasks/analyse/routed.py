"""Answers of routers to the questions of a split: fitted on its bank, at their own operating point."""

import numpy as np

from profiles.load import load_router
from tasks.analyse.answer import Answers
from tasks.analyse.split_data import SplitData
from tasks.measure.settle import Decision, settle
from tasks.route.contract import Inputs, Point, Train, nobody_listens
from tasks.route.registry import router_of
from warehouse.identity import hash_json


def train_of(data: SplitData) -> Train:
    """The bank as what a router learns from; nothing in it is set aside, and no pool says anything of its models."""
    known = data.matrix.rows(data.bank)
    return Train(known, _inputs(data, data.bank), np.zeros(len(data.bank), dtype=bool), {}, data.seed)


def asked_of(data: SplitData) -> Inputs:
    """The questions that are answered."""
    return _inputs(data, data.tested)


def routed(data: SplitData, router: str) -> Answers:
    """What a router gets that was fitted on the bank.

    Args:
        data: bank and questions.
        router: name of its setting; one that reads answers has none to read here.
    """
    policy = router_of(load_router(router)).fit(train_of(data), nobody_listens)
    return answers_of(data, policy.decide(policy.predict(asked_of(data)), Point()))


def identity_of(router: str) -> str:
    """Hash of what figures of a router depend on beside the data: whose setting it is, its version and its options."""
    setting = load_router(router)
    made = router_of(setting)
    return hash_json([setting.router, made.version, made.options.model_dump(mode="json")])


def answers_of(data: SplitData, decision: Decision) -> Answers:
    """What a decision on the tested questions gets."""
    got = settle("", data.matrix.rows(data.tested), [decision])
    return Answers(got.scores[0], got.calls[0], got.costs[0])


def _inputs(data: SplitData, at: np.ndarray) -> Inputs:
    return Inputs(data.matrix.questions["text"][at].to_list(), data.vectors[at])

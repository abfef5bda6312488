"""Every registered router keeps the contract; a router that does not is found."""

import re
from pathlib import Path

import numpy as np
import pytest

from profiles.load import load_router, router_names
from tasks.route.checks import CHECKS
from tasks.route.contract import Point, Policy, Prediction, Router
from tasks.route.finetune import TuneOptions
from tasks.route.registry import baselines, router_of, routers
from tests.tiny_encoder import make_encoder, with_tiny_encoder

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "router.md"


@pytest.fixture(scope="module")
def tiny_encoder(tmp_path_factory):
    return make_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", routers.names())
def test_every_router_keeps_the_contract(name, check, request):
    kind = routers.get(name)
    if issubclass(kind.Options, TuneOptions):
        kind = with_tiny_encoder(kind, request.getfixturevalue("tiny_encoder"))
    check(kind)


@pytest.mark.parametrize("name", router_names())
def test_every_setting_is_of_a_router_that_can_be_set_so(name):
    assert router_of(load_router(name)).policy


def test_the_router_of_the_how_to_keeps_the_contract(monkeypatch):
    monkeypatch.setattr(routers, "_entries", dict(routers._entries))
    [code] = re.findall(r"```python\n# my_package/steady.py\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(code, "steady.py", "exec"), {"__name__": "steady"})
    for check in CHECKS:
        check(routers.get("steady"))


class _Careless(Policy):
    """Looks at the other questions, forgets its state when it is saved, and thinks unknown costs are nothing."""

    said = 0.0

    @property
    def points(self):
        return Point(), Point(f"{self.said}", cost_weight=self.said)

    def predict(self, inputs):
        score = np.tile(inputs.vectors.mean(axis=0)[:3] + self.said, (len(inputs.vectors), 1))
        return Prediction(score, np.zeros(score.shape))

    def save(self, folder):
        pass

    @classmethod
    def load(cls, folder):
        return cls()


class _CarelessRouter(Router):
    policy = _Careless
    fitted = 0

    def fit(self, train, report):
        _CarelessRouter.fitted += 1
        policy = _Careless()
        policy.said = _CarelessRouter.fitted + np.nan_to_num(train.known.score).mean()
        return policy


def test_the_battery_finds_a_careless_router():
    failed = set()
    for check in CHECKS:
        try:
            check(_CarelessRouter)
        except AssertionError:
            failed.add(check.__name__)
    assert failed == {check.__name__ for check in CHECKS} - {"check_shapes_and_whom_it_asks"}


@pytest.mark.parametrize("name", baselines.names())
def test_a_baseline_decides_every_test_question_and_does_not_look_at_others(name, matrix_of):
    generator = np.random.default_rng(0)
    scores, costs = generator.random((40, 4)), generator.random((40, 4))
    said = np.array(list("AB"), dtype=object)[generator.integers(0, 2, (40, 4))]
    datasets, test = ["a", "b"] * 20, np.arange(40) % 3 == 0
    matrix = matrix_of(scores, datasets, costs, said)
    decision = baselines.get(name)(matrix, ~test, test).at(test)
    assert decision.asked.any(axis=1).all()
    if "oracle" not in name:
        others = np.where(test[:, None], 1 - scores, scores)
        again = baselines.get(name)(matrix_of(others, datasets, costs, said), ~test, test).at(test)
        assert [one.tolist() for one in again] == [one.tolist() for one in decision]

"""A router with several operating points: fitted once, decided and measured at each, judged at its own."""

from dataclasses import dataclass, replace
from json import loads

import numpy as np
import pytest

from flows.command.app import app
from flows.evaluate import evaluate
from profiles.load import load_pool, load_run
from profiles.statistics import Statistics
from tasks.measure.figures import UNTESTED
from tasks.measure.result import NULLS, load_result
from tasks.measure.task import measure_systems
from tasks.route.contract import Point, Policy, Prediction, Router
from tasks.route.fit import points_of
from tasks.route.registry import routers
from tests.routing_world import MODELS, SEEDS, make_world
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.runs import start_run
from warehouse.writer import load_landing

SHARES = ("0.0", "0.5", "0.9", "1.0")
_fits = []


@dataclass(frozen=True)
class _Sweep(Policy):
    """Knows whose topic it is; the further its knob is turned, the more questions go to the fair model."""

    first: np.ndarray

    @property
    def points(self):
        return Point(), *(Point(share, knob=float(share)) for share in SHARES)

    def predict(self, inputs):
        expert = inputs.vectors[:, 1] > inputs.vectors[:, 0]
        score = np.column_stack([np.full(len(expert), 0.5), ~expert, expert])
        return Prediction(score.astype(float), np.full(score.shape, 0.001))

    def decide(self, prediction, point):
        fair = np.arange(len(prediction.score)) < (point.knob or 0.0) * len(prediction.score)
        score = np.where(fair[:, None], np.eye(3)[0], prediction.score)
        return super().decide(Prediction(score, prediction.cost), Point())


class _Sweeper(Router):
    policy = _Sweep

    def fit(self, train, report):
        _fits.append(train.seed)
        return _Sweep(np.zeros(1))


@pytest.fixture
def world(home):
    routers.register("sweep")(_Sweeper)
    _fits.clear()
    for run_id in ("one", "two"):
        start_run(run_id, "run", parameters={}, profile="small", seeds=SEEDS, synthetic=True)
    yield make_world(home)
    del routers._entries["sweep"]


def test_every_point_is_decided_and_measured_and_only_its_own_is_judged(world, capsys):
    evaluate(profile="small", run_id="one", routers=["knn", "sweep"], resamples=200)
    result = load_result("one")
    assert _fits == SEEDS, "one fit per seed, whatever the number of points"
    curve = {line.point: line for line in result.systems if line.name == "sweep"}
    assert {line.system for line in curve.values()} == {"sweep", *(f"sweep [{share}]" for share in SHARES)}
    accuracies = [curve[point].macro_accuracy for point in ("", *SHARES)]
    assert accuracies[:2] == [1, 1]
    assert accuracies == sorted(accuracies, reverse=True)
    assert accuracies[-1] == 0.5, "the fair model is right on half"
    assert all(line.n == result.n_questions and line.cost_usd is not None for line in curve.values())
    _check_rows(curve)
    beside = {line.system for line in result.references}
    assert beside == {*MODELS, "oracle (any credit)", "oracle (beyond chance)", "random (drawn)"}
    frontier = {one.system: one.value for one in result.metrics if one.metric == "pareto_frontier"}
    assert (frontier["sweep"], frontier["sweep [1.0]"]) == (1, 0)
    assert {line.system for line in result.lines} == {*NULLS, "knn", "sweep"}
    assert {row.system for row in result.comparisons} <= {*NULLS, "knn", "sweep"}
    _check_tables(capsys)
    evaluate(profile="small", run_id="two", routers=["knn"], only="route")
    measure_systems("two", load_run("small"), load_pool("small"), Statistics(resamples=200))
    load_landing()
    other = load_result("two")
    assert all(line == result.system(line.system) for line in other.systems), "points move nobody's numbers"
    found = {(row.system, row.baseline): replace(row, p_holm=None, finding=None) for row in result.comparisons}
    assert all(replace(row, p_holm=None, finding=None) == found[row.system, row.baseline] for row in other.comparisons)


def _check_tables(capsys):
    app(["tables", "--profile", "small", "--compat", "--json"], result_action="return_value")
    told = loads(capsys.readouterr().out)
    assert told["form"] == "compat"
    lines = {line["line"]: line for line in told["performance"]}
    assert list(lines) == [*sorted(MODELS), "AVG", "Random Router", "Max Expert", "Oracle"]
    assert (lines["poet"]["small-poems/v1"], lines["poet"]["small-sums/v1"], lines["poet"]["Dataset-Avg"]) == (
        1,
        0,
        0.5,
    )
    assert lines["Max Expert"]["Sample-Avg"] == 1
    assert [line["Dataset-Sum"] for line in told["cost"][:3]] == pytest.approx([0.08] * 3)
    app(["tables", "--profile", "small"], result_action="return_value")
    assert "Performance, %" in capsys.readouterr().out


def _check_rows(curve):
    routed = read("select policy_id, point, count(*) as n from route group by all").pivot("point", index="policy_id")
    swept = routed.drop_nulls(["", *SHARES])
    assert len(swept) == len(SEEDS)
    assert (swept["0.5"] == swept[""]).all()
    rows = read("select system, kind, name, variant, point from system where run_id = 'one' and name = 'sweep'")
    assert set(rows.rows()) == {(line.system, "router", "sweep", "", point) for point, line in curve.items()}
    knobs = read("select distinct point, knob from run_policy where system like 'sweep%' order by point")
    assert knobs.rows() == [("", None), *((share, float(share)) for share in SHARES)]
    own = read("select distinct system from outcome where run_id = 'one'")["system"].to_list()
    assert set(own) == {*NULLS, "knn", "sweep"}
    method = set(read("select system from metric where metric = 'hypervolume'")["system"])
    wanted = {*NULLS, *MODELS, "knn", "sweep"} - set(UNTESTED)
    assert method == wanted, "a method is all its points"


@pytest.mark.parametrize("names", [("0.5",), ("", "0.5", "0.5"), ("0.5", ""), ()])
def test_a_router_without_its_own_point_or_with_two_of_one_name_is_refused(names):
    policy = type("Odd", (Policy,), {"points": tuple(map(Point, names))})()
    with pytest.raises(UserError, match="its own, named '', must come first"):
        points_of(policy, "odd")

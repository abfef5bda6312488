"""The evaluate flow on a small warehouse: 80 questions, three models with known skills, cached vectors."""

import shutil

import numpy as np
import polars as pl
import pytest

from flows.evaluate import evaluate
from profiles.load import load_pool, load_run
from profiles.outcomes import frozen_outcomes
from profiles.splits.hash import hash_split
from tasks.measure.accuracy import measure
from tasks.measure.intervals import draws
from tasks.measure.result import CONTROLS, NULLS, load_result
from tasks.measure.task import decide_run
from tasks.route.routers.avengers import Avengers
from tasks.route.routers.knn import Knn
from tasks.route.task import route_questions
from tests.routing_world import MODELS, RUN, SEEDS, N, make_world, put_answers, put_collaboration
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.runs import start_run
from warehouse.settings import settings
from warehouse.snapshot import load_snapshot
from warehouse.writer import load_landing


@pytest.fixture
def world(home):
    return make_world(home)


@pytest.mark.e2e
def test_evaluate_measures_every_system_on_the_test_parts(world, prefect_server):
    with pytest.raises(UserError, match="no evaluation"):
        load_result("first")
    start_run("first", "run", parameters={}, profile="small", seeds=SEEDS, synthetic=True)
    n_collaboration = put_collaboration("first")
    load_landing()
    with pytest.raises(UserError, match="run first is of profile 'small', not of 'demo'"):
        evaluate(run_id="first")
    counts = evaluate(profile="small", run_id="first", resamples=200)
    fits = 2 * (6 + 2 + 4)  # two seeds of six null baselines, two controls and four routers
    assert (counts["policy"], counts["run_policy"]) == (fits, fits + 2 * 3 * 13)  # of which three have 13 more points
    result = load_result("first")
    _check_systems(result, n_collaboration)
    _check_rows(result)

    _measured_alone(result)

    found = _judge("first")
    assert (found.verdict, found.baseline_run_id) == ("hold", None)
    put_answers(["openrouter"])
    load_landing()
    start_run("second", "run", parameters={}, profile="small", seeds=SEEDS, synthetic=True)
    evaluate(profile="small", run_id="second", resamples=200, routers=["knn"])
    second = load_result("second")
    assert {line.system for line in second.systems if not line.point} == {*NULLS, "knn", "openrouter"}
    service = second.system("openrouter")
    assert (service.kind, service.n, service.calls_per_question) == ("router", second.n_questions, 1)
    assert (service.macro_accuracy, service.cost_usd) == (0.5, None)  # a poet, of no known price
    assert [line.macro_accuracy for line in second.lines if line.system == "oracle"] == [1.0]
    found = _judge("second")
    assert (found.verdict, found.baseline_run_id) == ("refused", "first")
    assert read("select run_id, verdict from decision order by run_id").rows() == [
        ("first", "hold"),
        ("second", "refused"),
    ]


def _measured_alone(result):
    """Nothing is fitted: neither the routers nor what they are made of is there."""
    shutil.rmtree(settings().policies)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Knn, "fit", None)
        patch.setattr(Avengers, "fit", None)
        evaluate(profile="small", only="measure", resamples=200)
        again = load_result("first")
        assert (again.systems, again.comparisons) == (result.systems, result.comparisons)
        profile = settings().profiles / "runs" / "small.yaml"
        profile.write_text(RUN.replace("seeds: [0, 1]", "seeds: [0, 2]"))
        with pytest.raises(
            UserError, match=r"run first is split as hash-0\.6-0-s0, hash-0\.6-0-s1, but its profile now says"
        ):
            evaluate(profile="small", run_id="first", only="measure")
    profile.write_text(RUN)


def test_routers_that_cannot_be_told_apart_or_set_so_are_refused_before_anything_is_fitted(world):
    run, pool = load_run("small"), load_pool("small")
    names = ("knn.yaml", "random.yaml", "odd.yaml")
    for name, options in zip(names, ("{}", "{}", "{neighbors: [3]}"), strict=True):
        (world / name).write_text(f"router: knn\noptions: {options}\n")
    mine, random, odd = (str(world / name) for name in names)
    for routers, said in (
        (["knn", mine], "'knn' is the name of two systems"),
        ([random], "'random' is the name of two systems"),
        ([odd], "router 'odd': options.neighbors: Extra inputs are not permitted"),
        (["lost"], "unknown router 'lost'; choose one of: avengers, "),
    ):
        with pytest.raises(UserError, match=said):
            route_questions("run", run, pool, "snapshot", routers)


@pytest.mark.parametrize("fake", ["router: knn\n", "router: shuffled-labels\nname: another\n"])
def test_nothing_takes_the_place_of_a_control(world, fake):
    own = settings().profiles / "routers" / "shuffled-labels.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(fake)
    with pytest.raises(UserError, match="'shuffled-labels' is a control that nothing stands in for"):
        route_questions("run", load_run("small"), load_pool("small"), "snapshot", ["knn"])


@pytest.mark.e2e
def test_what_was_fitted_is_kept_and_a_stopped_evaluation_goes_on_at_the_next_fit(world, prefect_server, monkeypatch):
    fits = []
    own = Knn.fit

    def stopping(self, train, report):
        fits.append(train.seed)
        if len(fits) == 2:
            raise UserError("stopped at the second fit")
        return own(self, train, report)

    monkeypatch.setattr(Knn, "fit", stopping)
    start_run("first", "run", parameters={}, profile="small", seeds=SEEDS, synthetic=True)
    with pytest.raises(UserError, match="router 'knn': stopped at the second fit"):
        evaluate(profile="small", run_id="first", routers=["knn"], resamples=200)
    assert fits == [0, 1]
    evaluate(profile="small", run_id="first", routers=["knn"], resamples=200, only="route")
    assert fits == [0, 1, 1]
    with pytest.raises(UserError, match="no evaluation"):
        load_result("first")
    start_run("second", "run", parameters={}, profile="small", seeds=SEEDS, synthetic=True)
    evaluate(profile="small", run_id="second", routers=["knn"], resamples=200)
    assert fits == [0, 1, 1], "another run of the same outcomes, split and router fits nothing"
    unheard = [(gap.kind, gap.name) for gap in load_result("second").gaps if "concertino collaborate" in gap.reason]
    assert unheard == [("preset", "smcs-select")]
    kept = read("select distinct policy_id from run_policy where system = 'knn' order by policy_id")
    folders = [settings().policies / one for one in kept["policy_id"]]
    assert len(list(settings().policies.iterdir())) == len(folders) + len(CONTROLS) * len(SEEDS)
    predicted = pl.read_parquet(folders[0] / "prediction.parquet")
    tested = read("select count(distinct question_id) from route where policy_id = $id", {"id": folders[0].name}).item()
    assert len(predicted) == tested * len(MODELS)
    (folders[0] / "prediction.parquet").write_bytes(b"damaged")
    evaluate(profile="small", run_id="second", routers=["knn"], resamples=200)
    assert len(fits) == 4, "what is damaged is fitted anew"
    assert pl.read_parquet(folders[0] / "prediction.parquet").equals(predicted)


def _judge(run_id):
    from prefect import flow

    @flow(name="judge")
    def judging():
        return decide_run(run_id, load_run("small"), None, 0.01)

    found = judging()
    load_landing()
    return found


def _check_systems(result, n_collaboration):
    systems = {line.system: line for line in result.systems}
    assert [line.system for line in result.systems][:8] == list(NULLS)
    names = {line.system for line in result.lines}
    assert names == {*NULLS, "concertino", "dataset-classifier", "knn", "avengers", "smcs-select"}
    assert (result.title, result.profile, result.pool, result.synthetic) == ("a small world", "small", "small", True)
    assert (result.score_mode, result.seeds) == ("fixed", (0, 1))
    # every single model is right on half of the macro average; each topic has its expert
    assert systems["random"].macro_accuracy == pytest.approx(0.5)
    assert systems["oracle"].macro_accuracy == systems["dataset-oracle"].macro_accuracy == 1
    for name in ("concertino", "dataset-classifier", "knn", "avengers"):
        assert systems[name].macro_accuracy > 0.9
    assert systems["best-single"].cost_usd == pytest.approx(0.001 * systems["best-single"].n)
    assert systems["majority"].calls_per_question == 3
    collaborative = systems["smcs-select"]
    assert (collaborative.macro_accuracy, collaborative.n) == (1, n_collaboration)
    assert (collaborative.calls, collaborative.cost_usd, collaborative.spread) == (2 * n_collaboration, None, None)
    assert result.n_questions == systems["knn"].n > n_collaboration
    assert {(line.system, line.baseline) for line in result.comparisons} >= {
        ("knn", "best-single"),
        ("knn", "majority"),
        ("smcs-select", "majority"),
    }
    assert result.system("nobody") is None
    # the pool's fourth model answered nothing, and one pattern of datasets fits none: both are named
    assert (result.missing, result.n_expected) == ("common", result.n_questions)
    assert [(gap.kind, gap.name, gap.n) for gap in result.gaps] == [
        ("dataset", "elsewhere-*", 0),
        ("model", "absent", 0),
    ]
    assert "model absent (0 of 80 questions): no answer has a verdict; left out" in result.told_gaps()
    assert [result.ranked(line) for line in result.lines] == [True] * 12 + [False]  # smcs-select answered one seed's
    as_json = result.to_dict()
    assert {"system", "macro_accuracy", "ci_low", "ci_high", "n", "calls", "cost_usd"} <= set(as_json["systems"][0])


def _check_rows(result):
    snapshot = load_snapshot(result.snapshot_id)
    assert frozen_outcomes(snapshot).score.shape == (N, 4)
    assert read("select output_hash from lineage where stage = 'evaluate'").item() == result.snapshot_id
    tested = {
        f"hash-0.6-0-s{seed}": {
            f"q{i}"
            for i, part in enumerate(hash_split([f"content {i}" for i in range(N)], seed, 0.6, 0.0))
            if part == "test"
        }
        for seed in SEEDS
    }
    routes = read(
        "select policy.split_id, policy.router, route.* from route join policy using (policy_id) where point = ''"
    )
    for (split, _), rows in routes.group_by("split_id", "router"):
        assert set(rows["question_id"]) == tested[split]
        assert len(rows) == len(tested[split])
    outcome = read("select * from outcome where system = 'knn' order by question_id")
    assert set(outcome["question_id"]) == set.union(*tested.values())
    assert outcome["n_seed"].sum() == sum(map(len, tested.values()))
    matrix = frozen_outcomes(snapshot)
    scores = dict(outcome.select("question_id", "score").iter_rows())
    asked = [at for at, question in enumerate(matrix.question_ids) if question in scores]
    strata = np.unique(matrix.datasets[asked], return_inverse=True)[1]
    values = np.array([[scores[matrix.question_ids[at]] for at in asked]])
    own = measure(["knn"], values, strata, result.resamples, draws()).accuracy(0)  # whatever run and snapshot
    shown = result.system("knn")
    assert [shown.macro_accuracy, shown.ci_low, shown.ci_high] == pytest.approx([own.value, own.low, own.high])

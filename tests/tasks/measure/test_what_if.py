"""Costs at other prices against the same reckoned in a loop over routes."""

import json

import pytest

from flows.command.app import app
from profiles.load import load_pool, load_price_book, load_run
from tasks.measure.what_if import what_if
from tasks.route.task import route_baselines, route_questions, snapshot_outcomes
from tests.routing_world import MODELS, make_world
from warehouse.connect import connection, read
from warehouse.errors import UserError
from warehouse.runs import start_run
from warehouse.writer import load_landing

BOOK = """
date: 2030-01-01
models:
  poet: {input_usd_per_mtok: 3.0, output_usd_per_mtok: 500.0, source: a guess}
  unheard-of: {input_usd_per_mtok: 1.0, output_usd_per_mtok: 1.0, source: a guess}
"""


def route(**changed):
    run, pool = load_run("small").model_copy(update=changed), load_pool("small")
    start_run("routed", "evaluate", parameters={}, profile="small", seeds=run.seeds)
    matrix = snapshot_outcomes("routed", run, pool)
    route_baselines("routed", run, matrix)
    route_questions("routed", run, pool, matrix, ["knn"])
    load_landing()


@pytest.fixture
def routed(home):
    make_world(home)
    route()
    with connection("a sum that nobody counted") as con:
        con.execute("update response set completion_tokens = null where question_id = 'q7' and model = 'poet'")
    (home / "book.yaml").write_text(BOOK)
    return home


def asked_by(system):
    """(split, question) → the models that a system asked."""
    found = read(
        "select split_id, question_id, coalesce(asked, [model]) as models from route "
        "inner join policy using (policy_id) inner join run_policy using (policy_id) "
        "where system = $system and coalesce(route.point, '') = '' and run_policy.point = ''",
        {"system": system},
    )
    return {(split, question): models for split, question, models in found.iter_rows()}


def slow(system, price):
    """Mean over the questions of the mean over the splits, where everything is known."""
    by_question = {}
    for (_, question), models in asked_by(system).items():
        by_question.setdefault(question, []).append([price(question, model) for model in models])
    known = {
        question: sum(map(sum, each)) / len(each)
        for question, each in by_question.items()
        if not any(cost is None for costs in each for cost in costs)
    }
    return sum(known.values()) / len(known), len(known), len(by_question)


def test_equals_the_loop_over_routes(routed, capsys):
    app(["what-if", str(routed / "book.yaml"), "--profile", "small", "--json"], result_action="return_value")
    told = {one["system"]: one for one in json.loads(capsys.readouterr().out)["systems"]}

    def was(question, model):
        return 1000 * 1e-6

    def would_be(question, model):
        if model != "poet":
            return was(question, model)
        return None if question == "q7" else (1000 * 3.0 + 1 * 500.0) / 1e6

    assert {"best-single", "majority", "knn"} <= set(told)
    for system in ("best-single", "majority", "knn"):
        for name, price in (("was", was), ("would_be", would_be)):
            mean, n_known, n = slow(system, price)
            assert told[system][name]["value"] == pytest.approx(mean)
            assert (told[system][name]["n"], told[system]["n"]) == (n_known, n)
            assert told[system][name]["low"] <= mean * (1 + 1e-9)
            assert told[system][name]["high"] >= mean * (1 - 1e-9)
    assert told["majority"]["was"]["value"] == pytest.approx(len(MODELS) * 1e-3)
    assert told["random"]["was"]["value"] == pytest.approx(1e-3), "one is asked, drawn from all"
    assert told["knn"]["would_be"]["value"] > told["knn"]["was"]["value"]


def test_of_several_who_did_not_answer_costs_nothing(home):
    make_world(home)
    with connection("an answer that never came") as con:
        con.execute("delete from response where question_id = 'q7' and model = 'poet'")
    route(missing="fail")
    (home / "book.yaml").write_text(BOOK)
    told = {one.system: one for one in what_if("small", load_price_book(str(home / "book.yaml")))}
    assert "q7" in {question for _, question in asked_by("majority")}
    assert told["majority"].would_be.n == told["majority"].n
    assert told["random"].was.n == told["random"].n


def test_what_cannot_be_told_is_one_sentence(routed):
    (routed / "other.yaml").write_text(BOOK.replace("poet", "nobody"))
    for arguments, why in (
        (["other.yaml", "--profile", "small"], "names none of the models of 'small'; these are fair, poet"),
        (["book.yaml", "--profile", "demo"], "'demo' was not routed yet"),
        (["nothing.yaml"], "there is no file"),
    ):
        with pytest.raises(UserError, match=why):
            app(["what-if", str(routed / arguments[0]), *arguments[1:]], result_action="return_value")
    assert read("select count(*) from run").item() == 1

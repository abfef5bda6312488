"""Bank and collaborate on a small warehouse with a simulated aggregator, then a second run over what is known."""

import numpy as np
import polars as pl
import pytest

from flows.analyse import analyse
from flows.bank import bank
from flows.collaborate import collaborate
from flows.rescore import rescore
from profiles.readable import usd
from profiles.splits.hash import hash_split
from tests.small_world import MODELS, put_profiles, put_towns
from warehouse.connect import read
from warehouse.errors import BudgetExceeded, UserError
from warehouse.runs import start_run
from warehouse.settings import settings

N = 60
SPLIT = "hash-0.6-0-s0"
RUN = """
title: a small world
source: questions
datasets: ["small-*"]
pool: small
collect: true
budget_usd: 1000
train_share: 0.6
presets: [quick, paper, choosing]
"""
POOL = "aggregator: tutti\nmodel_list:\n" + "".join(
    f"  - {{model_name: {name}, litellm_params: {{model: synthetic/{name}, simulation: {{skill: {{default: 0.6}}}}}},"
    f" model_info: {{input_cost_per_token: 1.0e-6, output_cost_per_token: 1.0e-6, logprobs: true}}}}\n"
    for name in MODELS
)
PRESETS = {
    "quick": "title: ours\nk: 20\nkeep: 2\ncandidates: 4\nwave: 2\nstop_at: 0.9\nmax_tokens: 256\n",
    "paper": "title: t\nprior: weighted\nk: 20\ntop_n: 2\nkeep: 1\ncandidates: 2\nposterior: paper\nmax_tokens: 256\n",
    "choosing": "title: select\nk: 20\ntop_n: 9\naggregate: false\n",
}
PARTS = hash_split([f"content q{number}" for number in range(N)], 0, 0.6, 0.0)
UNASKED = f"q{np.flatnonzero(PARTS == 'test')[0]}"


def truth(number):
    return f"town {number % 7}"


@pytest.fixture
def world(home):
    put_profiles(home, runs={"small": RUN}, pools={"small": POOL}, presets=PRESETS)
    # One is never asked: collaborate has to.
    put_towns([f"q{number}" for number in range(N)], asked=lambda *one: one != (UNASKED, "tutti"))
    return home


def run_of(name, **given):
    return {"profile": "small", "run_id": name, **given}


def begin(name):
    start_run(name, "run", parameters={}, profile="small", seeds=[0], synthetic=True)


@pytest.mark.e2e
def test_bank_and_collaborate(world, prefect_server):
    begin("first")
    with pytest.raises(UserError, match="concertino bank"):
        collaborate(**run_of("first"))
    _bank_twice()
    _stopped_by_its_budget()
    _finished_where_it_stopped()
    _again_without_a_call()
    _rescored_without_a_call()
    _ablated_on_validation_questions_alone()


def _bank_twice():
    for _ in range(2):
        bank(profile="small", run_id="first")
    own = "(select bank_id from bank where split_id <> 'all')"
    built = read(f"select * from bank where bank_id in {own}").row(0, named=True)
    tested = set(read("select question_id from split where part = 'test'")["question_id"])
    items = set(read(f"select question_id from bank_item where bank_id in {own}")["question_id"])
    assert (built["split_id"], built["models"], built["n_item"]) == (SPLIT, list(MODELS), len(items))
    assert items | tested == {f"q{number}" for number in range(N)}
    assert not items & tested
    assert built["recall"] > 0.99
    assert read("select count(*) as n from embedding").item() == N
    assert read(f"select count(*) as n from bank_label where bank_id in {own}").item() == built["n_label"]
    whole = read("select n_item, n_label from bank where split_id = 'all'")
    assert whole.row(0) == (N, N * len(MODELS) - 1)


def _stopped_by_its_budget():
    for _ in range(2):
        with pytest.raises(BudgetExceeded, match=r"the budget of \$0\.0040 is used up"):
            collaborate(**run_of("first", budget_usd=0.004))
    assert 0 < read("select sum(cost_usd) as cost from call").item() <= 0.004


def _finished_where_it_stopped():
    before, told = read("select call_id from call")["call_id"], []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tasks.collaborate.task.update_progress_artifact", lambda *one: told.append(one))
        collaborate(**run_of("first"))
    spent_now = read("select * from call").filter(~pl.col("call_id").is_in(before.implode()))["cost_usd"].sum()
    assert told[-2][2].endswith(f", {usd(spent_now)} USD so far")
    tested = read("select count(*) as n from split where part = 'test'").item()
    done = read(
        "select preset, count(*) as n, sum(n_call) as n_call from collaboration group by preset order by preset"
    )
    assert done.select("preset", "n").rows() == [("choosing", tested), ("paper", tested), ("quick", tested)]
    calls = read("select * from call where error_kind is null")
    assert set(before) <= set(calls["call_id"])
    assert calls["request_key"].is_unique().all()
    aggregates = calls.filter(purpose="aggregate")
    assert len(aggregates) == done["n_call"].sum() - tested * 3 - tested * 2 - tested * 3
    assert len(aggregates) < tested * (2 + 4)  # some were decided early
    chosen = read(
        "select count(*) filter (where chosen) as n, any_value(collaboration.response_id) as answer, "
        "any_value(candidate.response_id) filter (where chosen) as candidate, any_value(preset) as preset "
        "from collaboration join candidate using (collaboration_id) group by collaboration_id"
    )
    assert (chosen["n"] == 1).all()
    assert (chosen["answer"] == chosen["candidate"]).all()
    assert read("select count(*) as n from collaboration where score is null or cost_usd is null").item() == 0
    judged = read("select count(*) as n from score join response using (response_id) where purpose = 'aggregate'")
    assert judged.item() == len(aggregates)
    asked = calls.filter(purpose="answer").select("question_id", "asked_model").rows()
    assert asked == [(UNASKED, "tutti")]
    counted = collaborate(**run_of("first"))
    assert "collaboration" not in counted
    page = settings().report.with_name("collaboration-first.html").read_text()
    assert "SYNTHETIC" in page
    assert all(f'<th scope="row">{preset}' in page for preset in PRESETS)


def _again_without_a_call():
    before = read("select count(*) as n from call").item()
    begin("second")
    collaborate(**run_of("second", presets=["quick", "paper"]))
    assert read("select count(*) as n from call").item() == before
    pairs = read(
        "select first.response_id = second.response_id as same, first.probability - second.probability as change "
        "from collaboration as first join collaboration as second using (preset, split_id, question_id) "
        "where first.run_id = 'first' and second.run_id = 'second'"
    )
    assert len(pairs) > 30
    assert pairs["same"].all()
    assert pairs["change"].drop_nulls().abs().max() < 1e-9


def _rescored_without_a_call():
    before = read("select count(*) as n from call").item()
    lines = rescore(profile="small", run_id="first", changes={"aggregate_weight": "0"})
    assert [line["preset"] for line in lines] == ["quick", "paper", "choosing"]
    assert all(line["of"] == line["n"] == len(PARTS[PARTS == "test"]) for line in lines)
    by_preset = {line["preset"]: line for line in lines}
    assert by_preset["paper"]["answers changed"] == by_preset["choosing"]["answers changed"] == 0
    assert by_preset["quick"]["changed to"] == "quick [aggregate_weight=0]"
    again = rescore(profile="small", run_id="first", presets=["paper"], changes={"ppl_coefficient": "0"})
    candidates = read(
        "select candidate.similarity - candidate.posterior as gap from candidate join collaboration "
        "using (collaboration_id) where preset = 'paper [ppl_coefficient=0]'"
    )
    assert candidates["gap"].abs().max() < 1e-9
    assert again[0]["difference"] == pytest.approx(again[0]["rescored"] - again[0]["accuracy"])
    assert read("select count(*) as n from call").item() == before
    for changes, sentence in (({"top_n": "3"}, "without new calls"), ({"candidates": "9"}, "asks for")):
        with pytest.raises(UserError, match=sentence):
            rescore(profile="small", run_id="first", presets=["paper"], changes=changes)
    with pytest.raises(UserError, match="no run of profile"):
        rescore(profile="demo")


def _ablated_on_validation_questions_alone():
    tested = set(read("select question_id from split where part = 'test'")["question_id"])
    before = read("select count(*) as n from call").item()
    found = analyse(profile="small", studies=["coefficient", "asked-N"])
    asked = read("select * from call where run_id = $run and error_kind is null", {"run": found["run"]})
    assert not tested & set(asked["question_id"])
    assert set(asked["purpose"]) == {"aggregate"}
    points = read("select * from ablation where dataset = '*' and part = 'validation' order by study, position")
    assert set(points["study"]) == {"coefficient", "asked-N"}
    assert set(points["preset"]) == {"smcs-paper"}
    assert points["synthetic"].all()
    n = points["n"][0]
    assert (points["n"] == n).all()
    assert n * 8 <= len(asked) <= n * 9  # all choose among the same aggregates, but for a single one: it reads all
    calls = dict(points.filter(study="asked-N").select("setting", "calls").iter_rows())
    assert calls == {f"N = {one}": 3 + one for one in (1, 2, 4, 8)}
    poor = analyse(profile="small", studies=["coefficient"], budget_usd=0)
    assert len(poor["settings"]) == len(points)  # what is known is not computed, and not paid, again
    assert read("select count(*) as n from call").item() == before + len(asked)

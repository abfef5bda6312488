"""A fitted router on new questions: said on the command line, and answered by the model that it chooses."""

import asyncio
import json
from dataclasses import replace

import httpx
import numpy as np
import pytest

from flows.command.app import app
from profiles.embed import quick_embedder
from profiles.load import load_pool, load_run
from tasks.measure.settle import Decision
from tasks.route.contract import Point, Prediction
from tasks.route.routers.frugalgpt_frozen import FrugalGPTPolicy
from tasks.route.task import route_questions, snapshot_outcomes
from tasks.route.use import policy_id_of, usable_policy
from tasks.serve.answer import LiveAnswer
from tasks.serve.api import Limits
from tasks.serve.conversation import ChatRequest
from tasks.serve.wire import headers
from tests.fill import fill
from tests.live_world import EMBEDDER, KEY, MODELS, rows_of, served, session
from tests.local_openai import LocalOpenAI
from warehouse.errors import UserError
from warehouse.identity import text_hash
from warehouse.policies import kept_policy
from warehouse.runs import start_run
from warehouse.settings import settings
from warehouse.writer import load_landing

SUM = "q1"  # text of the bank: an accountant's question


@pytest.fixture
def policy(server: LocalOpenAI) -> str:
    """A kNN router fitted on the small world."""
    return fitted("knn")


def fitted(router: str) -> str:
    run, pool = load_run("small"), load_pool("small")
    start_run("fitted", "evaluate", parameters={}, profile="small", seeds=[0])
    route_questions("fitted", run, pool, snapshot_outcomes("fitted", run, pool), [router])
    load_landing()
    return policy_id_of(router)


def answered(policy: str, text: str) -> LiveAnswer:
    async def asked() -> LiveAnswer:
        opened = session()
        try:
            return await opened.answer(ChatRequest(({"role": "user", "content": text},), policy, 1.0, 60.0))
        finally:
            await opened.close()

    return asyncio.run(asked())


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    app(["route", *words, "--json"], result_action="return_value")
    return json.loads(capsys.readouterr().out)


def test_it_says_whom_it_would_ask_and_why(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, SUM, "--policy", policy[:8])
    assert found["policy"] == policy
    assert found["router"] == "knn"
    assert [one["chosen"] for one in found["models"]] == [True, False, False]
    assert {one["model"] for one in found["models"]} == set(MODELS)
    scores = [one["score"] for one in found["models"]]
    assert scores == sorted(scores, reverse=True)
    app(["route", SUM, "--policy", "knn"], result_action="return_value")
    assert found["model"] in capsys.readouterr().out
    for profile in ("small", str(settings().profiles / "runs" / "small.yaml")):
        assert told(capsys, SUM, "--policy", "knn", "--profile", profile)["policy"] == policy
    with pytest.raises(UserError, match="no fitted policy 'knn' in a run of profile 'demo'"):
        told(capsys, SUM, "--policy", "knn", "--profile", "demo")
    for wrong, said in (("nobody", "no fitted policy 'nobody'"), (policy[:8] + "x", "no fitted policy")):
        with pytest.raises(UserError, match=said):
            app(["route", SUM, "--policy", wrong], result_action="return_value")
    with pytest.raises(UserError, match="operating point"):
        app(["route", SUM, "--policy", policy, "--point", "thrifty"], result_action="return_value")


def test_the_chosen_model_alone_is_asked_and_the_next_stands_in(policy: str, server: LocalOpenAI) -> None:
    answer = answered(policy, "Write about a town")
    assert len(server.bodies) == answer.n_call == 1
    assert answer.models == (answer.ranking[0].model,) == (server.bodies[0]["model"],)
    assert answer.ranking[0].prior == max(one.prior for one in answer.ranking if one.prior is not None)
    assert answer.preset == "knn"
    unknown = replace(answer, ranking=tuple(replace(one, prior=None, cost_usd=None) for one in answer.ranking))
    assert headers(unknown)["x-concertino-predicted"] == ",".join(f"{one.model}=-@-" for one in answer.ranking)
    (made,) = rows_of(
        "select system.kind, collaboration.preset from collaboration join system on preset = system "
        "and collaboration.run_id = system.run_id"
    )
    assert made == {"kind": "router", "preset": "knn"}


def test_of_a_cascade_only_the_model_whose_answer_stands_is_asked(
    server: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def both(_: FrugalGPTPolicy, found: Prediction, point: Point) -> Decision:
        return Decision(
            np.full(len(found.score), 1), np.arange(found.score.shape[1]) < np.full((len(found.score), 1), 2)
        )

    monkeypatch.setattr(FrugalGPTPolicy, "decide", both)
    policy = fitted("frugalgpt-frozen")
    answer = answered(policy, "Write about a town")
    assert [body["model"] for body in server.bodies] == [usable_policy(policy).models[1]]
    assert (answer.n_call, answer.preset) == (1, "frugalgpt-frozen")


def test_whom_a_policy_listens_to_is_asked_first_and_billed(server: LocalOpenAI) -> None:
    texts = rows_of("select distinct text from response")
    said = quick_embedder("minilm").encode([one["text"] for one in texts])
    known = [
        {"embedder": EMBEDDER, "text_hash": text_hash(one["text"]), "vector": vector.tolist()}
        for one, vector in zip(texts, said, strict=True)
    ]
    fill(embedding=known)
    policy = fitted("jisi")
    (first,) = usable_policy(policy).policy.parameters["asked"]
    for words, n_call in (("town 3", 1), ("wrong 1", 2)):  # as it speaks when it is right, or not
        server.bodies.clear()
        server.says = lambda body, words=words: f"Answer: {words}"
        answer = answered(policy, f"A question whose answer is {words}?")
        assert server.bodies[0]["model"] == first
        assert answer.n_call == len(server.bodies) == len(answer.models) == n_call
        assert {body["model"] for body in server.bodies} == {first, answer.ranking[0].model}
        assert [one.state for one in answer.ranking].count("answered") == n_call
        (made,) = rows_of(
            "select n_call, collaboration.cost_usd, sum(call.cost_usd) paid from collaboration "
            f"join call using (run_id) where run_id = '{answer.run_id}' group by all"
        )
        assert made["n_call"] == answer.n_call
        assert made["cost_usd"] == pytest.approx(made["paid"]) == answer.cost_usd


def test_the_endpoint_names_what_was_predicted(policy: str) -> None:
    limits = Limits(max_cost_usd=1.0, deadline_s=60, requests=2, body_bytes=20_000)
    with served(limits) as (_, url):
        given = {"model": f"concertino/{policy}", "messages": [{"role": "user", "content": "And a sum?"}]}
        headers = {"Authorization": f"Bearer {KEY}"}
        found = httpx.post(f"{url}/v1/chat/completions", json=given, headers=headers, timeout=60)
        assert found.status_code == 200, found.text
        predicted = dict(one.split("=") for one in found.headers["x-concertino-predicted"].split(","))
        assert predicted.keys() == set(MODELS)
        assert found.headers["x-concertino-models"] == next(iter(predicted))
        score, cost = map(float, next(iter(predicted.values())).split("@"))
        assert 0 < score <= 1
        assert cost > 0
        unknown = given | {"model": "concertino/" + "0" * 32}
        assert httpx.post(f"{url}/v1/chat/completions", json=unknown, headers=headers, timeout=60).status_code == 404


def test_a_policy_of_another_time_is_refused_in_one_sentence(policy: str) -> None:
    kept = kept_policy(policy)
    assert kept is not None
    usable_policy.cache_clear()
    manifest = kept.folder / "manifest.json"
    manifest.write_text(json.dumps(kept.manifest | {"version": "0"}))
    with pytest.raises(UserError, match="of version 0 of its router"):
        usable_policy(policy)
    manifest.write_text(json.dumps({"parameters": {}, "fit_s": 1.0}))
    with pytest.raises(UserError, match="earlier version of Concertino"):
        usable_policy(policy)
    with pytest.raises(UserError, match="no fitted policy"):
        usable_policy("../" + policy)

"""The ablation of a small warehouse: what is missing is computed once, the page is there, SQL reads it."""

import numpy as np
import pytest

from flows.analyse import analyse
from tests.ablation_world import MODELS, N, made_matrix, made_vectors
from tests.fill import fill, questions, response, score
from tests.small_world import EMBEDDER, embeddings, put_profiles
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.query import run_named

RUN = """
title: a small world
source: questions
datasets: ["small-*"]
pool: small
score_mode: recorded
seeds: [0, 1]
"""
POOL = "model_list:\n" + "".join(
    f"  - {{model_name: {name}, litellm_params: {{model: synthetic/{name}}}}}\n" for name in MODELS
)


@pytest.fixture
def world(home):
    put_profiles(home, runs={"small": RUN}, pools={"small": POOL})
    matrix, vectors = made_matrix(), made_vectors()
    texts = [f"What is q{at}?" for at in range(N)]
    cells = [
        (key, model, matrix.extracted[at, m], matrix.score[at, m])
        for at, key in enumerate(matrix.questions["question_id"])
        for m, model in enumerate(MODELS)
        if not np.isnan(matrix.score[at, m])
    ]
    fill(
        dataset=[{"dataset": name, "variant": "test", "synthetic": True} for name in ("small-poems", "small-sums")],
        question=[
            row
            for key, dataset in matrix.questions.select("question_id", "dataset").iter_rows()
            for row in questions(key, dataset=dataset, metadata="{}")
        ],
        embedding=[row for cut in ("", "@64") for row in embeddings(texts, vectors, EMBEDDER + cut)],
        response=[response(f"{key} {model}", key, model, request_key=f"{key} {model}") for key, model, *_ in cells],
        score=[score(f"{key} {model}", value, "recorded", extracted=said) for key, model, said, value in cells],
    )
    return home


@pytest.mark.e2e
def test_analyse(world, prefect_server):
    with pytest.raises(UserError, match="unknown study 'nonsense'; choose one of"):
        analyse(profile="small", studies=["nonsense"])
    first = analyse(profile="small", studies=["k", "posterior"])
    assert {row["study"] for row in first["settings"]} == {"k", "posterior"}
    _landed(first["run"])
    _only_what_is_missing(first)
    _read_by_people(world, first["page"])


def _landed(run_id):
    rows = read("select * from ablation where run_id = $run", {"run": run_id})
    studies = rows.filter(part="validation")
    assert set(studies["study"]) == {"k", "posterior"}
    assert set(studies["dataset"]) == {"*", "small-poems", "small-sums"}
    assert studies["synthetic"].all()
    tested = rows.filter(part="test", dataset="*")
    assert tested.select("study", "preset").rows() == [("test", "smcs-select")]


def _only_what_is_missing(first):
    again = analyse(profile="small", studies=["k", "stop"])
    mine = read("select distinct study from ablation where run_id = $run", {"run": again["run"]})
    assert mine["study"].to_list() == ["stop"]
    assert {row["study"] for row in again["settings"]} == {"k", "posterior", "stop"}
    before = {(row["study"], row["setting"]): row["accuracy"] for row in first["settings"]}
    after = {(row["study"], row["setting"]): row["accuracy"] for row in again["settings"]}
    assert before.items() <= after.items()


def _read_by_people(home, page):
    assert page == str(home.resolve() / "report" / "ablation-small.html")
    text = (home / "report" / "ablation-small.html").read_text()
    assert "SYNTHETIC" in text
    assert "Retrieval depth k" in text
    assert "Parts of the posterior" in text
    found = run_named("ablation")
    assert set(found["study"]) == {"k", "posterior", "stop"}

"""A small warehouse to evaluate on: 80 questions, three models with known skills, cached vectors."""

from datetime import datetime

import numpy as np

from profiles.splits.hash import hash_split
from tests.fill import fill, response, score
from tests.small_world import embeddings, put_profiles, two_topics

NOW = datetime(2026, 1, 1)
MODELS = ["fair", "poet", "mathematician"]
SEEDS = [0, 1]
N = 80

RUN = """
title: a small world
source: questions
datasets: ["small-*", "elsewhere-*"]
pool: small
seeds: [0, 1]
train_share: 0.6
presets: [smcs-select]
"""
POOL = "model_list:\n" + "".join(
    f"  - {{model_name: {name}, litellm_params: {{model: synthetic/{name}}},"
    f" model_info: {{input_cost_per_token: 1.0e-6, output_cost_per_token: 0}}}}\n"
    for name in [*MODELS, "absent"]
)


def topic(question):
    return question % 2  # 0: poems, 1: sums


def skill(question, model):
    return 0.5 if model == "fair" else float((model == "mathematician") == (topic(question) == 1))


def put_questions():
    names = [("small-poems", "small-sums")[topic(i)] for i in range(N)]
    known = {"variant": "v1", "source": "test", "synthetic": True}
    fill(
        dataset=[known | {"dataset": name} for name in ("small-poems", "small-sums")],
        question=[
            {"question_id": f"q{i}", "dataset": name, "variant": "v1", "source_key": str(i), "text": f"text {i}"}
            | {"content_hash": f"content {i}", "metadata": None if topic(i) else '{"options": ["a", "b"]}'}
            for i, name in enumerate(names)
        ],
        embedding=embeddings([f"text {i}" for i in range(N)], two_topics(N, np.random.default_rng(0))),
    )


def put_answers(models=MODELS):
    pairs = {f"{i} {model}": (i, model) for i in range(N) for model in models}
    tokens = {"prompt_tokens": 1000, "completion_tokens": 1}
    fill(
        response=[
            response(key, f"q{i}", model, request_key=key, created_at=NOW, **tokens)
            for key, (i, model) in pairs.items()
        ],
        score=[score(key, skill(*one), extracted=str(skill(*one)), scored_at=NOW) for key, one in pairs.items()],
    )


def put_collaboration(run_id):
    """A preset that always picks the expert; it says 0.0, but its answers' own verdicts say 1."""
    split = hash_split([f"content {i}" for i in range(N)], 0, 0.6, 0.0)
    tested = [i for i in range(N) if split[i] == "test"]
    own = {"run_id": run_id, "preset": "smcs-select", "split_id": "hash-0.6-0-s0", "score": 0.0, "n_call": 2}
    fill(
        collaboration=[
            {"collaboration_id": f"{run_id} {i}", "question_id": f"q{i}", "response_id": f"{i} {MODELS[1 + topic(i)]}"}
            | own
            for i in tested
        ]
    )
    return len(tested)


def make_world(home):
    """The profile, pool, questions, vectors and verdicts below a home."""
    put_profiles(home, runs={"small": RUN}, pools={"small": POOL})
    put_questions()
    put_answers()
    return home

"""A small warehouse to evaluate on: 80 questions, three models with known skills, cached vectors."""

from datetime import datetime

import numpy as np
import polars as pl

from profiles.splits.hash import hash_split
from warehouse.identity import text_hash
from warehouse.writer import land, load_landing

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
    data = {"dataset": ["small-poems", "small-sums"], "variant": "v1", "source": "test", "synthetic": True}
    land("dataset", pl.DataFrame(data))
    land(
        "question",
        pl.DataFrame(
            {
                "question_id": [f"q{i}" for i in range(N)],
                "dataset": names,
                "variant": "v1",
                "source_key": [str(i) for i in range(N)],
                "text": [f"text {i}" for i in range(N)],
                "content_hash": [f"content {i}" for i in range(N)],
                "metadata": ['{"options": ["a", "b"]}' if topic(i) == 0 else None for i in range(N)],
            }
        ),
    )
    generator = np.random.default_rng(0)
    vectors = np.eye(2, 384)[[topic(i) for i in range(N)]] + 0.05 * generator.normal(size=(N, 384))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = {
        "embedder": "sentence-transformers/all-MiniLM-L6-v2",
        "text_hash": [text_hash(f"text {i}") for i in range(N)],
    }
    land("embedding", pl.DataFrame(keys | {"vector": vectors.astype(np.float32).tolist()}))


def put_answers(models=MODELS):
    pairs = [(i, model) for i in range(N) for model in models]
    land(
        "response",
        pl.DataFrame(
            {
                "response_id": [f"{i} {model}" for i, model in pairs],
                "request_key": [f"{i} {model}" for i, model in pairs],
                "question_id": [f"q{i}" for i, _ in pairs],
                "model": [model for _, model in pairs],
                "purpose": "answer",
                "sample_index": 0,
                "source": "live",
                "text": "text",
                "text_hash": "t",
                "prompt_tokens": 1000,
                "completion_tokens": 1,
                "created_at": NOW,
            }
        ),
    )
    land(
        "score",
        pl.DataFrame(
            {
                "response_id": [f"{i} {model}" for i, model in pairs],
                "scorer": "exact",
                "scorer_version": "1",
                "mode": "fixed",
                "score": [skill(i, model) for i, model in pairs],
                "verdict": "partial",
                "extracted": [str(skill(i, model)) for i, model in pairs],
                "scored_at": NOW,
            }
        ),
    )


def put_collaboration(run_id):
    """A preset that always picks the expert; it says 0.0, but its answers' own verdicts say 1."""
    split = hash_split([f"content {i}" for i in range(N)], 0, 0.6, 0.0)
    tested = [i for i in range(N) if split[i] == "test"]
    land(
        "collaboration",
        pl.DataFrame(
            {
                "collaboration_id": [f"{run_id} {i}" for i in tested],
                "run_id": run_id,
                "preset": "smcs-select",
                "split_id": "hash-0.6-0-s0",
                "question_id": [f"q{i}" for i in tested],
                "response_id": [f"{i} {MODELS[1 + topic(i)]}" for i in tested],
                "score": 0.0,
                "n_call": 2,
                "created_at": NOW,
            }
        ),
    )
    return len(tested)


def make_world(home):
    """The profile, pool, questions, vectors and verdicts below a home."""
    for folder, text in (("runs", RUN), ("pools", POOL)):
        (home / "profiles" / folder).mkdir(parents=True, exist_ok=True)
        (home / "profiles" / folder / "small.yaml").write_text(text)
    put_questions()
    put_answers()
    load_landing()
    return home

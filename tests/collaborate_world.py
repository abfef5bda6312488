"""A small warehouse to collaborate on, with models on a local server: answered questions and a bank of a third."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from profiles.bank import build_bank, land_bank
from profiles.load import load_pool, load_preset, load_run
from profiles.outcomes import load_outcomes
from profiles.split import splits_of
from tasks.collaborate.task import collaborate_on
from tasks.recorded.task import flow
from tests.small_world import EMBEDDER, MODELS, put_profiles, put_towns
from warehouse.connect import read
from warehouse.identity import text_hash
from warehouse.runs import start_run
from warehouse.writer import load_landing

PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"keep": 2, "candidates": 2, "wave": 1, "stop_at": 0.9},
    "wide": {"keep": 2, "candidates": 3, "wave": 3},
    "choosing": {"aggregate": False},
}


def make_world(home: Path, name: str, n: int, api_base: str, **parameters: Any) -> None:
    """Profile, pool and presets, and n questions of a dataset; one model was not asked every tenth of them."""
    served = {"api_base": api_base, "api_key": "none", "max_tokens": 50, **parameters}
    prices = {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6, "logprobs": True}
    models = [
        {"model_name": model, "litellm_params": {"model": f"openai/{model}", **served}, "model_info": prices}
        for model in MODELS
    ]
    run = {"title": "t", "source": "questions", "datasets": [name], "pool": name, "collect": True, "seeds": [0]}
    presets = {preset: {"title": "t", "k": 20, "max_tokens": 50, **own} for preset, own in PRESETS.items()}
    pool = {"aggregator": "tutti", "model_list": models}
    put_profiles(home, runs={name: run | {"train_share": 0.35}}, pools={name: pool}, presets=presets)
    ids = [f"{name} {i}" for i in range(n)]
    if n:
        put_towns(ids, [name], lambda question, model: model != "tutti" or question not in ids[::10])


@flow(name="collaborating")
def collaborated(name: str, budget_usd: float = 1.0) -> None:
    """What the flow does in the run that is named like the world, with a bank that is not embedded again."""
    run, pool = load_run(name), load_pool(name)
    start_run(name, "run", parameters={}, profile=name, seeds=run.seeds, synthetic=True)
    matrix = load_outcomes(run.datasets, pool.models, run.score_mode, {})
    splits = splits_of(name, run, matrix.question_ids)
    order = pl.DataFrame({"text_hash": [text_hash(text) for text in matrix.questions["text"]]})
    known = order.join(read("select * from embedding"), on="text_hash", how="left", maintain_order="left")
    vectors = np.stack(known["vector"].to_list()).astype(np.float32)
    bank = build_bank(matrix, vectors, splits.parts[0], splits.ids[0], EMBEDDER)
    about = {"split": splits.ids[0], "pool": pool.name, "embedder": EMBEDDER}
    land_bank(bank, run_id=name, **about, collection=None, recall=None)
    load_landing()
    try:
        collaborate_on(name, run, pool, [load_preset(preset) for preset in PRESETS], budget_usd, None)
    finally:
        load_landing()


def says(body: dict[str, Any]) -> str:
    """A town of those that the references name, the same whenever it is asked."""
    words = " ".join(message["content"] for message in body["messages"])
    named = re.findall(r"(?:town|wrong) \d", words)
    return f"Answer: {named[len(words) % len(named)] if named else 'town 1'}"

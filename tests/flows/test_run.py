"""What a whole run refuses before it costs anything."""

import json
from pathlib import Path

import pytest

from flows.run import run
from tests.local_openai import local_openai
from tests.small_world import put_profiles
from warehouse.errors import UserError

PROFILE = """
title: two questions
source: questions
path: {home}/capitals.jsonl
datasets: [capitals]
pool: asked
collect: true
presets: []
"""


def test_nobody_is_asked_where_a_part_would_be_empty(home: Path) -> None:
    with local_openai() as server:
        model = {"model": "openai/asked", "api_base": server.api_base, "api_key": "k"}
        info = {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6}
        pool = {"model_list": [{"model_name": "asked", "litellm_params": model, "model_info": info}]}
        capitals = {"match": "capitals", "scorer": "exact"}
        put_profiles(
            home, runs={"few": PROFILE.format(home=home)}, pools={"asked": pool}, datasets={"capitals": capitals}
        )
        asked = [
            {"question": "What is the capital of Australia? One word.", "ground_truth": "Canberra"},
            {"question": "What is the capital of Morocco? One word.", "ground_truth": "Rabat"},
        ]
        (home / "capitals.jsonl").write_text("\n".join(map(json.dumps, asked)))
        with pytest.raises(
            UserError, match="none of the 2 questions is in the test part of seed 0; use more questions"
        ):
            run(profile="few")
        assert server.bodies == []

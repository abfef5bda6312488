"""Near misses of our keys in every kind of file, and LiteLLM's own keys that pass."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from profiles.dataset import Dataset
from profiles.load import load_pool, load_preset, load_run, names
from profiles.preset import Preset
from profiles.price_book import PriceBook
from profiles.schema import Pool, RunProfile
from profiles.spelling import first_misspelt
from warehouse.errors import UserError

MODEL = {"model_name": "a", "litellm_params": {"model": "openai/a", "aggregator": 1, "model_nam": 2, "tag": 3}}


@pytest.mark.parametrize(
    ("model", "content", "keys", "right"),
    [
        (Pool, {"agregator": "a", "model_list": [MODEL]}, ("agregator",), "aggregator"),
        (Pool, {"Model_List": [MODEL]}, ("Model_List",), "model_list"),
        (Pool, {"model_list": [MODEL, {**MODEL, "model_inof": {}}]}, ("model_list", 1, "model_inof"), "model_info"),
        (
            Pool,
            {"model_list": [{**MODEL, "model_info": {"input_cost_per_tokens": 1}}]},
            ("model_list", 0, "model_info", "input_cost_per_tokens"),
            "input_cost_per_token",
        ),
        (Pool, {"model_list": [{**MODEL, "model_info": {"logprob": True}}]}, (..., "logprob"), "logprobs"),
        (RunProfile, {"title": "t", "budget": 3}, ("budget",), "budget_usd"),
        (RunProfile, {"title": "t", "verdct": "recorded"}, ("verdct",), "verdict"),
        (RunProfile, {"title": "t", "dataset": ["x"]}, ("dataset",), "datasets"),
        (Preset, {"title": "t", "top-n": 3}, ("top-n",), "top_n"),
        (Dataset, {"match": "x", "scorer_option": {}}, ("scorer_option",), "scorer_options"),
        (
            PriceBook,
            {"date": "2025-01-01", "models": {"m": {"input_usd_per_mtoken": 1}}},
            ("models", "m", "input_usd_per_mtoken"),
            "input_usd_per_mtok",
        ),
    ],
)
def test_a_near_miss_is_told_with_the_right_spelling(
    model: type[BaseModel], content: Any, keys: tuple[Any, ...], right: str
) -> None:
    slip = first_misspelt(content, model)
    assert slip is not None
    assert slip.keys[-1] == keys[-1] if keys[0] is ... else slip.keys == keys
    assert f"did you mean '{right}'" in slip.advice


@pytest.mark.parametrize("seeds", ["[-1]", "[0, 0]", "[9999999999]"])
def test_seeds_that_cannot_be_are_told_with_their_line(seeds: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"title: t\nsource: recorded\ndatasets: ['*']\npool: zeroeval-open\nseeds: {seeds}\n")
    with pytest.raises(UserError, match=r"mine.yaml, line 5: seeds"):
        load_run(str(path))


def test_what_is_far_from_every_key_is_told_where_nothing_else_may_stand() -> None:
    slip = first_misspelt({"title": "t", "colour": "red"}, RunProfile)
    assert slip is not None
    assert "datasets" in slip.advice


def test_keys_of_litellm_and_free_options_pass() -> None:
    info = {
        "input_cost_per_token_batches": 1,
        "output_cost_per_reasoning_token": 1,
        "mode": "chat",
        "id": "x",
        "max_tokens": 1,
    }
    pool = {
        "model_list": [{**MODEL, "model_info": info, "tpm": 1}],
        "router_settings": {"model_group_alias": {}},
        "litellm_settings": {"drop_params": True},
        "general_settings": {},
        "environment_variables": {},
        "provider_limits": {"openai": {"rpm": 1}},
    }
    assert first_misspelt(pool, Pool) is None
    assert first_misspelt({"title": "t", "source_options": {"agregator": 1}}, RunProfile) is None


def test_our_own_files_are_spelt_right() -> None:
    for name in names("pools"):
        load_pool(name)
    for name in names("runs"):
        load_run(name)
    for name in names("presets"):
        load_preset(name)

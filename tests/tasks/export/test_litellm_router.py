"""A fitted policy as LiteLLM's configuration: LiteLLM's own Router reads it, and asks a server on this machine."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from flows.command.app import app
from profiles.load import load_pool, load_run
from tasks.route.task import route_questions, snapshot_outcomes
from tasks.route.use import policy_id_of, usable_policy
from tests.live_world import KEY, MODELS, http_pool, make_world, synthetic_pool
from tests.local_openai import LocalOpenAI, local_openai
from warehouse.errors import UserError
from warehouse.policies import kept_policy
from warehouse.runs import start_run
from warehouse.writer import load_landing


@pytest.fixture
def server(home: Path) -> Iterator[LocalOpenAI]:
    """The small world's models on a server, and a kNN router fitted on what they got."""
    with local_openai() as running:
        make_world(home, http_pool(running.api_base))
        run, pool = load_run("small"), load_pool("small")
        start_run("fitted", "evaluate", parameters={}, profile="small", seeds=[0])
        route_questions("fitted", run, pool, snapshot_outcomes("fitted", run, pool), ["knn"])
        load_landing()
        yield running


def exported(folder: Path, *words: str) -> dict:
    app(["export", "litellm-router", str(folder), "--profile", "small", *words], result_action="return_value")
    return yaml.safe_load((folder / "config.yaml").read_text())


async def asked(config: dict, n: int) -> list[str]:
    """Models that answered."""
    from litellm import Router

    router = Router(model_list=config["model_list"], num_retries=0, **config["router_settings"])
    messages = [{"role": "user", "content": "a poem"}]
    return [(await router.acompletion("concertino", messages)).model for _ in range(n)]


def test_litellm_asks_the_policys_usual_model_and_in_its_order_those_that_stand_in(
    server: LocalOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = exported(tmp_path / "out", "--policy", "knn")
    text = (tmp_path / "out" / "config.yaml").read_text()
    assert KEY not in text
    assert "&id" not in text  # each list is written out, to be read and edited
    first = config["router_settings"]["model_group_alias"]["concertino"]
    [then] = [own[first] for own in config["router_settings"]["fallbacks"] if first in own]
    assert [one["model_name"] for one in config["model_list"]] == list(MODELS)
    assert [one["model_info"]["output_cost_per_token"] for one in config["model_list"]] == [2e-6] * 3
    kept = kept_policy(policy_id_of("knn")).prediction
    best = kept.sort("score", descending=True).unique("question_id", keep="first", maintain_order=True)
    counts = best["model"].value_counts()
    assert counts.filter(counts["model"] == first)["count"].item() == counts["count"].max()
    own = kept.filter(kept["question_id"].is_in(best.filter(best["model"] == first)["question_id"].to_list()))
    means = {model: rows["score"].mean() for (model,), rows in own.group_by("model")}
    assert [means[one] for one in then] == sorted((means[one] for one in MODELS if one != first), reverse=True)
    for one in config["model_list"]:
        monkeypatch.setenv(one["litellm_params"]["api_key"].removeprefix("os.environ/"), KEY)
    assert asyncio.run(asked(config, 1)) == [first]
    server.faults[first].extend(["500"])
    assert asyncio.run(asked(config, 1)) == [then[0]]
    assert server.keys == {f"Bearer {KEY}"}


def test_what_cannot_be_exported_is_said(server: LocalOpenAI, tmp_path: Path, home: Path) -> None:
    with pytest.raises(UserError, match="--policy ID"):
        exported(tmp_path / "out")
    with pytest.raises(UserError, match="no fitted policy 'knn' in a run of profile 'demo'"):
        app(["export", "litellm-router", str(tmp_path / "out"), "--policy", "knn"], result_action="return_value")
    with pytest.raises(UserError, match="no fitted policy 'nobody'"):
        exported(tmp_path / "out", "--policy", "nobody")
    with pytest.raises(UserError, match="lacks the policy's model"):
        exported(tmp_path / "out", "--policy", "knn", "--pool", "mmlu-pro-open")
    (home / "profiles" / "pools" / "simulated.yaml").write_text(synthetic_pool())
    with pytest.raises(UserError, match="recorded or simulated"):
        exported(tmp_path / "out", "--policy", "knn", "--pool", "simulated")
    assert not (tmp_path / "out").exists()
    assert usable_policy(policy_id_of("knn")).models == MODELS

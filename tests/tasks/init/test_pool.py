from pathlib import Path

import pytest
import yaml

from profiles.load import load_pool
from profiles.schema import Pool
from tasks.init.draft import pool_draft, write
from tasks.init.pool import models_of
from tests.local_openai import local_openai
from warehouse.errors import UserError

CONFIG = """
model_list:
  - model_name: large
    litellm_params: {model: openai/gpt-4.1, api_key: sk-written-out-in-full, rpm: 10}
    model_info:
      {input_cost_per_token: 2.0e-6, output_cost_per_token: 8.0e-6, max_input_tokens: 1000, id: x, base_model: a/b}
  - model_name: large
    litellm_params: {model: azure/gpt-4.1, api_key: os.environ/AZURE_API_KEY}
  - model_name: vectors
    litellm_params: {model: openai/text-embedding-3-small}
    model_info: {mode: embedding}
  - model_name: "*"
    litellm_params: {model: "*"}
  - model_name: ours
    litellm_params: {model: hosted_vllm/q, api_base: "http://127.0.0.1:1/v1", api_key: os.environ/OURS}
router_settings: {routing_strategy: simple-shuffle}
"""


def test_a_litellm_config_becomes_a_pool_without_any_key(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    models, notes = models_of(str(path))
    write([pool_draft("mine", path.name, models)], force=False)
    text = (home / "profiles" / "pools" / "mine.yaml").read_text()
    assert "written-out" not in text + str(notes)
    pool: Pool = load_pool("mine")
    assert pool.models == ["large", "ours"]
    assert pool.model_list[0].litellm_params == {
        "model": "openai/gpt-4.1",
        "api_key": "os.environ/OPENAI_API_KEY",
        "rpm": 10,
    }
    assert pool.model_list[0].model_info.context_tokens == 1000
    assert pool.model_list[0].model_info.base_model == "a/b"
    assert pool.model_list[0].model_info.output_cost_per_token == 8e-6
    assert any("OPENAI_API_KEY" in note for note in notes)
    assert any("occurs again" in note for note in notes)
    assert yaml.safe_load(text)["unpriced"] == "allow", "nobody but its owner knows the price of a model of one's own"


def test_included_files_and_named_credentials_are_followed(home: Path, tmp_path: Path) -> None:
    written = {
        "config.yaml": "include: [more/models.yaml]\n"
        "credential_list: [{credential_name: azure, credential_values: {api_key: sk-written-out, api_base: http://a}}]",
        "more/models.yaml": "include: [../config.yaml, last.yaml]\n"
        "model_list: [{model_name: a, litellm_params: {model: azure/a, litellm_credential_name: azure, rpm: 1}}]",
        "more/last.yaml": "credential_list:\nmodel_list: [{model_name: b, litellm_params: "
        "{model: openai/b, litellm_credential_name: db}}]",
    }
    (tmp_path / "more").mkdir()
    for name, text in written.items():
        (tmp_path / name).write_text(text)
    models, notes = models_of(str(tmp_path / "config.yaml"))
    assert [model["litellm_params"] for model in models] == [
        {"api_key": "os.environ/AZURE_API_KEY", "api_base": "http://a", "model": "azure/a", "rpm": 1},
        {"model": "openai/b"},
    ]
    assert any("credential db of b is in no file" in note for note in notes)
    (tmp_path / "more" / "last.yaml").unlink()
    with pytest.raises(UserError, match=r"cannot read .*last.yaml"):
        models_of(str(tmp_path / "config.yaml"))


def test_a_servers_models_become_a_pool(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_API_KEY", "sk-of-the-proxy")
    with local_openai() as server:
        server.offers = ["a", "b"]
        models, _ = models_of(server.api_base.removesuffix("/v1"))
        assert models_of(server.api_base)[0] == models
        assert "Bearer sk-of-the-proxy" in server.keys
        assert [model["model_name"] for model in models] == ["a", "b"]
        expected = {"model": "openai/a", "api_base": server.api_base, "api_key": "os.environ/LITELLM_API_KEY"}
        assert models[0]["litellm_params"] == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model_list: 7", "model_list"),
        ("a: [", "cannot read"),
        ("model_list: []", "names no model"),
        ("model_list: [{model_name: a, litellm_params: [openai/a]}]", "without litellm_params.model"),
    ],
)
def test_what_is_no_config_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=words):
        models_of(str(path))


def test_a_server_that_does_not_answer_is_one_sentence() -> None:
    with pytest.raises(UserError, match="lists no models"):
        models_of("http://127.0.0.1:9")


def test_nothing_is_written_over(home: Path) -> None:
    drafts = [pool_draft(name, "x", [{"model_name": "a", "litellm_params": {"model": "openai/a"}}]) for name in "ab"]
    write(drafts[1:], force=False)
    with pytest.raises(UserError, match="--force"):
        write(drafts, force=False)
    assert not drafts[0].path.exists(), "all or none"
    write(drafts, force=True)
    assert drafts[0].path.exists()

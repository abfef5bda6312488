from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from profiles.schema import Pool
from tasks.collect.secrets import blocks_of, resolve, unresolved
from tasks.recorded.task import secret_blocks
from warehouse.errors import UserError


def test_references_are_replaced_and_their_values_are_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "value-of-some-key")
    parameters = {
        "model": "openai/m",
        "api_key": "os.environ/SOME_KEY",
        "aws_secret_access_key": "prefect-secret/aws",
        "api_base": "http://here",
        "timeout": 3,
    }
    resolved, secret = resolve("m", parameters, {"aws": "value-of-aws"})
    assert resolved == parameters | {"api_key": "value-of-some-key", "aws_secret_access_key": "value-of-aws"}
    assert secret == ["value-of-some-key", "value-of-aws"]
    assert blocks_of(_pool(parameters)) == ["aws"]


def _pool(parameters: dict[str, Any]) -> Pool:
    return Pool.model_validate({"model_list": [{"model_name": "m", "litellm_params": parameters}]})


def test_a_key_written_into_the_pool_is_secret_too() -> None:
    assert resolve("m", {"model": "openai/m", "api_key": "sk-literal"}, {})[1] == ["sk-literal"]


@pytest.mark.parametrize("reference", ["os.environ/NOT_THERE", "prefect-secret/not-there"])
def test_what_is_not_there_is_named_with_the_model(reference: str) -> None:
    with pytest.raises(UserError, match=r"'m'.*(NOT_THERE|not-there)"):
        resolve("m", {"api_key": reference}, {})


def test_an_empty_variable_is_not_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY_KEY", "")
    with pytest.raises(UserError, match="EMPTY_KEY"):
        resolve("m", {"api_key": "os.environ/EMPTY_KEY"}, {})


def test_without_a_server_a_block_is_one_sentence_and_none_is_started() -> None:
    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(UserError, match=r"'mine'.*`concertino up`.*`os.environ/NAME`"),
    ):
        secret_blocks(blocks_of(_pool({"model": "openai/m", "api_key": "prefect-secret/mine"})))
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert secret_blocks(blocks_of(_pool({"model": "x/m"}))) == {}


def test_no_key_and_no_block_is_written_to_a_file():
    told = unresolved(
        "my/model",
        {
            "model": "openai/m",
            "max_tokens": 5,
            "api_key": "sk-0123456789",
            "aws_secret_access_key": "prefect-secret/aws-key",
            "other_key": "os.environ/MINE",
            "extra_headers": {"Authorization": "Bearer 0123456789", "x-team": "us"},
        },
    )
    assert told == {
        "model": "openai/m",
        "max_tokens": 5,
        "api_key": "os.environ/MY_MODEL_API_KEY",
        "aws_secret_access_key": "os.environ/AWS_KEY",
        "other_key": "os.environ/MINE",
        "extra_headers": {"Authorization": "os.environ/MY_MODEL_AUTHORIZATION", "x-team": "us"},
    }
